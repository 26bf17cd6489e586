import { expect } from 'chai';
import { textOf } from '#src/top/line.js';
import { paint } from '#src/top/paint.js';
import type { Action, TopState } from '#src/top/state.js';
import { widthOf } from '#src/top/text-width.js';
import { view } from '#src/top/view.js';
import { after, frame, keys, live, makeServer, press, requests, tail } from './make-state.js';

const linesOf = (state: TopState, columns = 100, rows = 24): string[] => view(state, { columns, rows }).map(textOf);
const textAt = (state: TopState, columns = 100, rows = 24): string => linesOf(state, columns, rows).join('\n');

/** A line of the table, by its name. */
function rowOf(state: TopState, name: string, columns = 140): string[] {
  const line = linesOf(state, columns).find((text) => text.slice(2).startsWith(name));
  return (
    line
      ?.slice(2)
      .trim()
      .split(/ {2,}|(?<=\S) (?=\S)/) ?? []
  );
}

const TRAFFIC = [
  frame(0, {
    ...requests('api', { hit: 0, stale: 0, miss: 0, error: 0 }),
    'cachewarp_misses_total{cache="proxy",reason="cold"}': 0,
    'cachewarp_coalesced_total{cache="proxy"}': 0,
    'cachewarp_entries{cache="proxy",tier="memory"}': 0,
    'cachewarp_bytes{cache="proxy",tier="memory"}': 0,
    'cachewarp_evictions_total{cache="proxy",tier="memory"}': 0,
  }),
  frame(5, {
    ...requests('api', { hit: 70, stale: 10, miss: 20 }),
    'cachewarp_misses_total{cache="proxy",reason="cold"}': 20,
    'cachewarp_coalesced_total{cache="proxy"}': 5,
    'cachewarp_entries{cache="proxy",tier="memory"}': 20,
    'cachewarp_bytes{cache="proxy",tier="memory"}': 32 * 2 ** 20,
  }),
] as const;

describe('view', () => {
  it('has in its header who is watched, how it is, rates, ratios and memory against the budget', () => {
    const text = textAt(live(...TRAFFIC));
    expect(text).to.contain('proxy http://127.0.0.1:3000  admin http://127.0.0.1:9191  up 1.08 min  live');
    expect(text).to.contain('ready  L2 none');
    expect(text).to.contain('Requests 20/s  hits 14/s  stale 2/s  misses 4/s  coalesced 1/s  errors 0/s');
    expect(text).to.contain('Hit ratio 80% of 5 s');
    expect(text).to.contain('████████░░░░░░░░ 50%  32 MB of 64 MB  20 entries  evictions 0/s');
  });

  it('tells hit ratios over 10, 100 and 1,000 s, each from its own span', () => {
    const steps: Action[] = [frame(0, requests('api', { hit: 0, miss: 0 }))];
    // 900 s of misses, then 100 s of as many hits; in the last ten, misses again.
    for (let second = 1; second <= 1_000; second++) {
      const hit = Math.max(0, Math.min(90, second - 900));
      steps.push(frame(second, requests('api', { hit, miss: second - hit })));
    }
    expect(textAt(live(...steps))).to.contain('Hit ratio 0% of 10 s  90% of 100 s  9% of 1,000 s  since start 9%');
  });

  it('names what is wrong: a draining process, a breaker that is open, a second tier that is down', () => {
    const server = makeServer({
      draining: true,
      tiers: { memory: { maxBytes: null }, store: { name: 'redis', breaker: 'open' } },
    });
    const state = after(
      [
        { type: 'state', state: server },
        frame(0, {
          'cachewarp_origin_breaker_state{origin="one"}': 0,
          'cachewarp_origin_breaker_state{origin="two"}': 2,
        }),
      ],
      live(),
    ).state;
    expect(textAt(state)).to.contain('draining  L2 redis breaker open  origin two open');
    expect(rowOf(after(press('3'), state).state, 'two')).to.include('open');
  });

  it('says how many processes are seen, and when some of them are not', () => {
    const at = (change: Parameters<typeof makeServer>[0]): string =>
      textAt(after([{ type: 'state', state: makeServer(change) }], live()).state);
    expect(at({ nodes: 2, missing: [], peers: 'ok' })).to.contain('  2 processes');
    expect(at({ nodes: 2, missing: ['c'], peers: 'ok' })).to.contain('2 of 3 processes');
    expect(at({ peers: 'away' })).to.contain('other nodes out of reach');
    expect(at({ missing: [], peers: 'none' })).to.not.contain('process');
  });

  it('says first that it is not connected, since when what is shown is old, and when it tries again', () => {
    const connection = { kind: 'waiting', seconds: 3, why: 'The connection broke off.' } as const;
    const [first] = linesOf(after([{ type: 'connection', connection }], live(...TRAFFIC)).state);
    expect(first).to.match(/^Not connected, again in 3 s .*What is shown is from before\. The connection broke off\./);
  });

  it('has a table of routes with what the metrics say of them', () => {
    const state = live(...TRAFFIC, tail({ route: 'api', word: 'miss', reason: 'cold' }));
    expect(rowOf(state, 'api')).to.deep.equal(['api', '20', '80%', '10%', '4', '0', '30', 's', 'cold', '100']);
  });

  it('has a table of keys, with what tells them apart where all have one host', () => {
    const state = live(keys(['GET:http://x/a', 4, 1], ['GET:http://x/b', 2, 2]), ...press('2'));
    expect(rowOf(state, '/a').slice(0, 4)).to.deep.equal(['/a', '4', '1', '75%']);
    expect(rowOf(state, '/b')).to.include.members(['fresh', 'demo']);
    expect(textAt(state, 140)).to.contain('2 in memory; since start; of GET:http://x');
  });

  it('has a table of miss reasons with their part and meaning', () => {
    const row = rowOf(live(...TRAFFIC, ...press('4')), 'cold');
    expect(row.slice(0, 5)).to.deep.equal(['cold', '20', '100%', '4', '20']);
    expect(row.slice(5).join(' ')).to.equal('nothing was kept for it');
  });

  it('has the tail, newest first, with what happens beside requests', () => {
    const state = live(
      tail(
        { word: 'hit', method: 'GET', url: 'http://x/a', status: 200 },
        { kind: 'invalidated', text: 'purged tag:t' },
      ),
      ...press('5'),
    );
    const lines = linesOf(state).filter((line) => /\/a |purged/.test(line));
    expect(lines[0]).to.match(/^› purged tag:t +\d\d:\d\d:\d\d$/);
    expect(lines[1]).to.match(/^ {2}\/a +hit +200/);
  });

  for (const [columns, rows] of [
    [40, 15],
    [40, 24],
    [80, 24],
    [200, 60],
    [20, 4],
  ] as const) {
    it(`fills ${columns} × ${rows} exactly, whatever is in front, with the selected row in sight`, () => {
      const many = keys(...Array.from({ length: 300 }, (_, at) => [`GET:/key/${at}`, 1_000 - at, 1] as const));
      const state = live(...TRAFFIC, many, ...press('2', 'end'));
      for (const one of [
        state,
        ...['/', '?', 'e', 'p', '1', '3', '4', '5'].map((key) => after(press(key), state).state),
      ]) {
        const lines = view(one, { columns, rows });
        expect(lines).to.have.length(rows);
        for (const line of lines) expect(widthOf(paint(line, columns, PLAIN))).to.equal(columns);
      }
      if (rows >= 15) expect(textAt(state, columns, rows)).to.match(/^› GET:\/key\/299/m);
    });
  }

  it('makes keys harmless that would move the cursor, turn text round or ring', () => {
    const evil = 'GET:/\x1B[2J\x07\r\n\u202Eevil\u0000';
    const state = live(keys([evil, 1, 1]), ...press('2'));
    for (const one of [state, after(press('e'), state).state, purging(state, evil)]) {
      for (const line of view(one, { columns: 100, rows: 24 })) {
        // oxlint-disable-next-line no-control-regex -- they are what it is about
        expect(paint(line, 100, PLAIN)).to.not.match(/[\u0000-\u001F\u007F-\u009F\u202E]/);
      }
    }
  });

  it('says what there is not: no requests, nothing that matches', () => {
    expect(textAt(after(press('2'), live()).state)).to.contain('No keys yet.');
    expect(textAt(live(keys(['GET:/a', 1, 1]), ...press('2', '/', 'z')))).to.contain('Nothing matches the filter.');
  });
});

const PLAIN = { hasColors: false, isUnicode: true };

function purging(state: TopState, key: string): TopState {
  const { state: asked } = after(press('p'), state);
  return after(
    [
      { type: 'targets', asked: asked.asked, targets: [{ kind: 'key', name: key }] },
      { type: 'previewed', asked: asked.asked, preview: { entries: 1, keys: [key] } },
    ],
    asked,
  ).state;
}
