import { grown, hitRatio, momentBefore, perSecond, sum, type Totals } from '@cachewarp/admin/figures';
import { bytes, count, duration, percent } from './format.js';
import { span, type Line, type Mood, type Span } from './line.js';
import { WINDOWS, type TopState } from './state.js';
import { originState } from './tables/origins-table.js';
import { widthOf } from './text-width.js';
import type { Traffic } from './traffic.js';

/** Rates of the header are over so many seconds: steady enough to be read, quick enough to see a change. */
export const RATE_SECONDS = 5;
/** Seconds of the little chart, at most and at least. */
const LONGEST_CHART = 60;
const SHORTEST_CHART = 8;
/** Below these many columns there is less to be seen, so that rows have room. */
const NARROW = 64;
const WIDE = 96;
const BAR_WIDTH = 16;
const LEVELS = '▁▂▃▄▅▆▇█';
const GAP = '  ';

/** A piece of the header that stays whole. */
type Item = readonly Span[];

/** Who is watched, how it is, and what it does: the lines that are always there. */
export function headerOf(state: TopState, columns: number): readonly Line[] {
  const shown = { ...state, ...state.paused };
  const isNarrow = columns < NARROW;
  const isWide = columns >= WIDE;
  return [
    identity(shown, isNarrow),
    condition(shown, isNarrow),
    requests(shown, columns),
    ratios(shown, isWide),
    memory(shown, isNarrow),
  ].flatMap((items) => flow(items, columns));
}

/** Items one behind the other, on as many lines as they need. */
function flow(items: readonly Item[], columns: number): readonly Line[] {
  const lines: Span[][] = [];
  let room = 0;
  for (const item of items) {
    const width = widthIn(item);
    const last = lines.at(-1);
    if (last === undefined || width + GAP.length > room) {
      lines.push([...item]);
      room = columns - width;
    } else {
      last.push(span(GAP), ...item);
      room -= width + GAP.length;
    }
  }
  return lines;
}

function widthIn(item: Item): number {
  return item.reduce((total, { text }) => total + widthOf(text), 0);
}

function identity({ server, address, connection, paused, ...state }: TopState, isNarrow: boolean): readonly Item[] {
  const name = server === undefined ? 'cachewarp top' : (server.title ?? `cache ${server.cache}`);
  const link = linkOf(connection);
  return [
    [span(name, 'title')],
    ...(isNarrow ? [] : [[span(`admin ${address}`, 'dim')], ...uptime({ ...state, server })]),
    ...processes(server),
    [paused === undefined ? link : span('paused', 'warn')],
  ];
}

/** How many are seen, where there are several; and whether that is all of them. */
function processes(server: TopState['server']): readonly Item[] {
  if (server === undefined) return [];
  const { nodes, missing, peers } = server;
  if (peers === 'away') return [[span('other nodes out of reach', 'bad')]];
  if (missing.length > 0) return [[span(`${nodes} of ${nodes + missing.length} processes`, 'bad')]];
  return nodes > 1 ? [[span(`${nodes} processes`)]] : [];
}

function uptime({ server, traffic }: Pick<TopState, 'server' | 'traffic'>): readonly Item[] {
  const at = traffic.totals.at(-1)?.at;
  if (server === undefined || at === undefined) return [];
  return [[span(`up ${duration(Math.max(0, at * 1_000 - server.startedAt))}`)]];
}

function linkOf(connection: TopState['connection']): Span {
  switch (connection.kind) {
    case 'live':
      return span('live', 'good');
    case 'connecting':
      return span('connecting…', 'warn');
    case 'waiting':
      return span('not connected', 'bad');
  }
}

function condition({ server, traffic }: TopState, isNarrow: boolean): readonly Item[] {
  const item = (name: string, word: string, mood: Mood): Item => [span(`${name} `), span(word, mood)];
  const items: Item[] = [];
  if (server !== undefined) {
    items.push([server.draining ? span('draining', 'warn') : span('ready', 'good')]);
    const { store } = server.tiers;
    if (store === undefined) items.push(item('L2', 'none', 'dim'));
    else {
      const isWell = store.breaker === 'closed';
      items.push(item(`L2 ${store.name}`, isWell ? 'ok' : `breaker ${store.breaker}`, isWell ? 'good' : 'bad'));
    }
  }
  const origins = [...(traffic.totals.at(-1)?.origins ?? [])];
  const states = origins.map(([name, totals]) => ({ name, state: originState(totals) }));
  const [worst] = states.toSorted((a, b) => (b.state.value ?? 0) - (a.state.value ?? 0));
  const last = isNarrow ? uptime({ server, traffic }) : [];
  if (worst === undefined) return [...items, ...last];
  const bad = states.filter(({ state }) => state.text !== 'ok').length;
  const name = origins.length === 1 ? 'origin' : bad === 0 ? `${origins.length} origins` : `origin ${worst.name}`;
  items.push(item(name, worst.state.text, worst.state.mood ?? 'dim'));
  const inFlight = origins.reduce((total, [, totals]) => total + totals.inFlight, 0);
  if (!isNarrow) items.push([span('in flight ', 'dim'), span(count(inFlight))]);
  return [...items, ...last];
}

function requests({ traffic }: TopState, columns: number): readonly Item[] {
  const now = traffic.totals.at(-1);
  const then = momentBefore(traffic.totals, RATE_SECONDS);
  const rate = (read: (totals: Totals) => number | undefined): string =>
    now === undefined || then === undefined || now === then ? '–' : `${count(perSecond(read, now, then))}/s`;
  const item = (name: string, read: (totals: Totals) => number | undefined, mood?: Mood): Item => {
    const isAlarming = mood === 'bad' && now !== undefined && grown(read(now), then && read(then)) > 0;
    return [span(`${name} `, 'dim'), span(rate(read), isAlarming ? 'bad' : mood === 'bad' ? undefined : mood)];
  };
  // What has never been is not worth its place.
  const has = (name: string): boolean => columns >= WIDE && (now?.requests[name] ?? 0) > 0;
  const word = (name: string) => (totals: Totals) => totals.requests[name] ?? 0;
  const all = rate((totals) => sum(totals.requests));
  const items: Item[] = [
    [span('Requests ', 'dim'), span(all, 'strong')],
    item('hits', word('hit'), 'good'),
    item('stale', word('stale')),
    ...(has('revalidated') ? [item('revalidated', word('revalidated'))] : []),
    item('misses', word('miss')),
    ...(has('bypass') ? [item('bypass', word('bypass'))] : []),
    item('coalesced', ({ coalesced }) => coalesced),
    item('errors', word('error'), 'bad'),
  ];
  const taken = items.reduce((total, one) => total + widthIn(one) + GAP.length, 0);
  const drawn = columns >= WIDE && columns - taken >= SHORTEST_CHART ? chart(traffic, columns - taken) : '';
  return drawn === '' ? items : [...items, [span(drawn)]];
}

/** Requests of each of the last seconds. */
function chart({ totals }: Traffic, width: number): string {
  const moments = totals.slice(-Math.min(width, LONGEST_CHART) - 1);
  if (moments.length < 3) return '';
  const rates = moments.slice(1).map((now, at) => perSecond(({ requests: words }) => sum(words), now, moments[at]!));
  const highest = Math.max(...rates);
  if (highest === 0) return LEVELS[0]!.repeat(rates.length);
  return rates.map((rate) => LEVELS[Math.round((rate / highest) * (LEVELS.length - 1))]).join('');
}

function ratios({ traffic }: TopState, isWide: boolean): readonly Item[] {
  const now = traffic.totals.at(-1);
  const items: Item[] = [];
  let covered = 0;
  for (const seconds of WINDOWS) {
    const then = momentBefore(traffic.totals, seconds);
    if (now === undefined || then === undefined || now === then) break;
    const known = Math.round(now.at - then.at);
    // What is not known any longer back is not told twice.
    if (known <= covered) break;
    covered = known;
    const ratio = hitRatio(now.requests, then.requests);
    const mood = ratio === undefined ? 'dim' : ratio >= 0.9 ? 'good' : ratio < 0.5 ? 'warn' : undefined;
    items.push([span(percent(ratio), mood), span(` of ${known.toLocaleString('en')} s`, 'dim')]);
  }
  items[0] = [span('Hit ratio ', 'dim'), ...(items[0] ?? [span('–', 'dim')])];
  if (now === undefined || !isWide) return items;
  items.push([span('since start ', 'dim'), span(percent(hitRatio(now.requests, {})))]);
  if (now.bytes !== undefined) items.push([span('bytes ', 'dim'), span(percent(hitRatio(now.bytes, {})))]);
  return items;
}

function memory({ traffic, server }: TopState, isNarrow: boolean): readonly Item[] {
  const now = traffic.totals.at(-1);
  const then = momentBefore(traffic.totals, RATE_SECONDS);
  const tier = now?.tiers.get('memory');
  if (now === undefined || then === undefined || tier === undefined) return [];
  const max = server?.tiers.memory.maxBytes ?? null;
  // Each process has a budget of its own.
  const budget = max === null ? undefined : max * (server?.nodes ?? 1);
  const evicted = perSecond(({ tiers }) => tiers.get('memory')?.evictions, now, then);
  const items: Item[] = [];
  if (budget !== undefined && tier.bytes !== undefined && !isNarrow) {
    const part = Math.min(1, tier.bytes / budget);
    const filled = Math.round(part * BAR_WIDTH);
    const mood = part > 0.95 && evicted > 0 ? 'warn' : 'good';
    items.push([
      span('█'.repeat(filled), mood),
      span('░'.repeat(BAR_WIDTH - filled), 'dim'),
      span(` ${percent(part)}`),
    ]);
  }
  items.push([span(budget === undefined ? bytes(tier.bytes) : `${bytes(tier.bytes)} of ${bytes(budget)}`)]);
  items[0] = [span('Memory ', 'dim'), ...items[0]!];
  const { entries = 0 } = tier;
  items.push([span(`${entries.toLocaleString('en')} ${entries === 1 ? 'entry' : 'entries'}`)]);
  items.push([span('evictions ', 'dim'), span(`${count(evicted)}/s`, evicted > 0 ? 'warn' : undefined)]);
  return items;
}
