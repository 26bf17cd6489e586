import { expect } from 'chai';
import { reduce } from '#src/top/reduce.js';
import { shownRows } from '#src/top/press-key.js';
import { textOf } from '#src/top/line.js';
import type { Action, TopState } from '#src/top/state.js';
import { view } from '#src/top/view.js';
import { after, frame, keys, live, makeServer, press, requests, tail } from './make-state.js';

const KEYS = keys(['GET:/a', 3, 1], ['GET:/b', 9, 2], ['GET:/c', 5, 5]);
const ids = (state: TopState): string[] => shownRows(state).map(({ id }) => id);
const footer = (state: TopState): string => textOf(view(state, { columns: 100, rows: 24 }).at(-1)!);

describe('reduce', () => {
  describe('panes', () => {
    it('goes to a pane by its number, and round by Tab and Shift+Tab', () => {
      const state = live();
      expect(after(press('3'), state).state.pane).to.equal('origins');
      expect(after(press('tab'), state).state.pane).to.equal('keys');
      expect(after(press('shift-tab'), state).state.pane).to.equal('tail');
      expect(after(press('5', 'tab'), state).state.pane).to.equal('routes');
    });

    it('asks for keys when their pane is opened, and with every fifth frame while it is', () => {
      const opened = after(press('2'), live());
      expect(opened.orders).to.deep.equal([{ kind: 'keys', prefix: '' }]);
      let { state } = opened;
      const asked: number[] = [];
      for (let second = 1; second <= 10; second++) {
        const step = reduce(state, frame(second, {}));
        ({ state } = step);
        if (step.orders.length > 0) asked.push(second);
      }
      expect(asked).to.deep.equal([5, 10]);
    });

    it('asks for no keys while another pane is looked at', () => {
      let state = live();
      for (let second = 1; second <= 10; second++) {
        const step = reduce(state, frame(second, {}));
        ({ state } = step);
        expect(step.orders).to.deep.equal([]);
      }
    });
  });

  describe('order, filter and selection', () => {
    it('sorts by the column that the arrows choose, from the largest, and turns it round', () => {
      const state = live(KEYS, ...press('2'));
      expect(ids(state)).to.deep.equal(['GET:/b', 'GET:/c', 'GET:/a']);
      const byMisses = after(press('right'), state).state;
      expect(ids(byMisses)).to.deep.equal(['GET:/c', 'GET:/b', 'GET:/a']);
      expect(ids(after(press('r'), byMisses).state)).to.deep.equal(['GET:/a', 'GET:/b', 'GET:/c']);
      expect(ids(after(press('left'), state).state)).to.deep.equal(['GET:/a', 'GET:/b', 'GET:/c']);
    });

    it('filters by words that all occur, and those with a minus that do not', () => {
      const state = live(
        ...press('5'),
        tail(
          { word: 'hit', url: 'http://x/a/1' },
          { word: 'miss', url: 'http://x/a/2', reason: 'cold' },
          { word: 'miss', url: 'http://x/b' },
        ),
      );
      const shown = after(press('/', ...'miss', 'space', ...'/a'), state).state;
      expect(shownRows(shown).map(({ cells }) => cells['name']!.text)).to.deep.equal(['/a/2']);
      const without = after(press('/', ...'-miss', 'enter'), state).state;
      expect(shownRows(without).map(({ cells }) => cells['name']!.text)).to.deep.equal(['/a/1']);
      expect(ids(after(press('escape'), without).state)).to.have.length(3);
    });

    it('types letters into the filter that are keys elsewhere, and Esc brings the old one back', () => {
      const state = live(KEYS, ...press('2', '/', ...'/b', 'enter'));
      const typing = after(press('/', 'backspace', 'q', 'p'), state);
      expect(typing.state.tables.keys.filter).to.equal('/qp');
      expect(typing.orders).to.deep.equal([{ kind: 'keys', prefix: '/qp' }]);
      expect(after(press('escape'), typing.state).state.tables.keys.filter).to.equal('/b');
    });

    it('keeps a row selected that moves, and selects its neighbour when it goes', () => {
      const state = live(KEYS, ...press('2', 'down'));
      const selected = (one: TopState): string | undefined => {
        const line = view(one, { columns: 80, rows: 24 })
          .map(textOf)
          .find((text) => text.startsWith('› '));
        return line?.split(/\s+/)[1];
      };
      expect(selected(state)).to.equal('GET:/c');
      const moved = after([keys(['GET:/a', 3, 1], ['GET:/b', 9, 2], ['GET:/c', 50, 5])], state).state;
      expect(selected(moved)).to.equal('GET:/c');
      const gone = after([keys(['GET:/a', 3, 1], ['GET:/b', 9, 2])], state).state;
      expect(selected(gone)).to.equal('GET:/a');
    });

    it('never selects beyond the ends', () => {
      const state = live(KEYS, ...press('2', 'up', 'up'));
      expect(state.tables.keys.place).to.equal(0);
      expect(after(press('page-down', 'page-down'), state).state.tables.keys.place).to.equal(2);
      expect(after(press('end', 'down', 'home'), state).state.tables.keys.place).to.equal(0);
      expect(after(press('1', 'down', 'G'), live()).orders).to.deep.equal([]);
    });

    it('opens a route on the requests of the tail that it stands for', () => {
      const state = live(
        frame(0, { ...requests('api', { hit: 1 }), ...requests('web', { hit: 5 }) }),
        tail({ route: 'api', url: 'http://x/1', word: 'hit' }, { route: 'web', url: 'http://x/2', word: 'hit' }),
        ...press('down', 'enter'),
      );
      expect(state.pane).to.equal('tail');
      expect(shownRows(state).map(({ cells }) => cells['route']!.text)).to.deep.equal([state.tables.tail.filter]);
    });
  });

  describe('purge', () => {
    const asking = (...more: Action[]): ReturnType<typeof after> =>
      after([...press('p'), ...more], live(KEYS, ...press('2')));

    it('asks for targets, then for what the first would drop, and confirms only what was shown', () => {
      const begun = asking();
      expect(begun.orders).to.deep.equal([{ kind: 'targets', asked: 1, subject: { key: 'GET:/b' } }]);
      expect(after(press('y'), begun.state).orders).to.deep.equal([]);

      const target = { kind: 'key', name: 'GET:/b' } as const;
      const counting = after([{ type: 'targets', asked: 1, targets: [target] }], begun.state);
      expect(counting.orders).to.deep.equal([{ kind: 'preview', asked: 1, target }]);
      expect(after(press('y'), counting.state).orders).to.deep.equal([]);

      const shown = after([{ type: 'previewed', asked: 1, preview: { entries: 1, keys: ['GET:/b'] } }], counting.state);
      expect(after(press('y'), shown.state).orders).to.deep.equal([{ kind: 'purge', asked: 2, target, soft: false }]);
      expect(after(press('s'), shown.state).orders).to.deep.equal([{ kind: 'purge', asked: 2, target, soft: true }]);
      expect(after(press('y', 'y'), shown.state).orders).to.deep.equal([]);

      const done = after([...press('y'), { type: 'purged', target, soft: false, entries: 1 }], shown.state);
      expect(footer(done.state)).to.equal('purged key GET:/b: 1 entry in memory');
      expect(done.orders).to.deep.equal([{ kind: 'keys', prefix: '' }]);
    });

    it('counts anew for the next target, and an answer to the one before comes too late', () => {
      const targets = [
        { kind: 'key', name: 'GET:/b' },
        { kind: 'tag', name: 'demo' },
      ] as const;
      const first = asking({ type: 'targets', asked: 1, targets });
      const second = after(press('tab'), first.state);
      expect(second.orders).to.deep.equal([{ kind: 'preview', asked: 2, target: targets[1] }]);
      const late = after([{ type: 'previewed', asked: 1, preview: { entries: 1 } }, ...press('y')], second.state);
      expect(late.orders).to.deep.equal([]);
    });

    it('is called off by Esc, and what comes then opens nothing', () => {
      const off = asking(...press('escape'), { type: 'targets', asked: 1, targets: [{ kind: 'key', name: 'GET:/b' }] });
      expect(off.state.front.kind).to.equal('nothing');
      expect(off.orders).to.deep.equal([]);
    });

    it('says what was refused, and lets it be tried again', () => {
      const target = { kind: 'key', name: 'GET:/b' } as const;
      const failed = asking(
        { type: 'targets', asked: 1, targets: [target] },
        { type: 'previewed', asked: 1, preview: { entries: 1 } },
        ...press('y'),
        { type: 'failed', asked: 2, message: 'the admin API refused (401): no token' },
      );
      const lines = view(failed.state, { columns: 80, rows: 24 }).map(textOf);
      expect(lines.join('\n')).to.contain('refused (401): no token');
      expect(after(press('y'), failed.state).orders).to.deep.equal([{ kind: 'purge', asked: 3, target, soft: false }]);
    });

    it('needs a key or a request, and says so', () => {
      const { state, orders } = after(press('p'), live(frame(0, requests('api', { hit: 1 }))));
      expect(orders).to.deep.equal([]);
      expect(footer(state)).to.contain('to purge, select a key');
    });
  });

  it('explains the selected key, goes on to its purge, and back', () => {
    const { state, orders } = after(press('e'), live(KEYS, ...press('2')));
    expect(orders).to.deep.equal([{ kind: 'explain', asked: 1, subject: { key: 'GET:/b' } }]);
    const explained = after(
      [{ type: 'explained', asked: 1, explanation: { decision: 'hit', steps: [], why: null, kept: true } }],
      state,
    ).state;
    expect(view(explained, { columns: 80, rows: 24 }).map(textOf).join('\n')).to.contain('A request now: hit');
    expect(after(press('p'), explained).orders).to.deep.equal([
      { kind: 'targets', asked: 2, subject: { key: 'GET:/b' } },
    ]);
    expect(after(press('escape'), explained).state.front.kind).to.equal('nothing');
  });

  it('holds what is shown while it is paused, and loses nothing', () => {
    const state = live(frame(0, requests('api', { hit: 1 })), ...press('space'), frame(1, requests('api', { hit: 7 })));
    const total = (one: TopState): string | undefined => shownRows(one)[0]?.cells['total']?.text;
    expect(total(state)).to.equal('1');
    expect(total(after(press('space'), state).state)).to.equal('7');
  });

  it('says that the server was restarted when another process answers whose counters began anew', () => {
    const before = live(frame(0, requests('api', { hit: 7 })), KEYS);
    const other: Action[] = [
      { type: 'state', state: makeServer({ startedAt: 1 }) },
      { type: 'history', frames: [] },
    ];
    const restarted = after([...other, frame(1, requests('api', { hit: 1 }))], before).state;
    expect(footer(restarted)).to.contain('the server was restarted');
    expect(restarted.ranking).to.deep.equal([]);
    const worker = after([...other, frame(1, requests('api', { hit: 9 }))], before).state;
    expect(footer(worker)).to.not.contain('restarted');
  });

  it('quits by q and Ctrl+C, the latter whatever is in front', () => {
    expect(after(press('q'), live()).orders).to.deep.equal([{ kind: 'quit' }]);
    expect(after(press('/', 'ctrl-c'), live()).orders).to.deep.equal([{ kind: 'quit' }]);
    expect(after(press('/', 'q'), live()).orders).to.deep.equal([]);
  });
});
