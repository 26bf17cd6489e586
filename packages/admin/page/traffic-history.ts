/** The metrics at one moment, in the sums that the page shows. Counters count from the start of the process. */
export interface Totals {
  /** Seconds since the epoch. */
  readonly at: number;
  /** Requests by hit, stale, revalidated, miss, bypass, error. */
  readonly requests: Readonly<Record<string, number>>;
  /** Bytes of content by the same words; undefined where nobody counts them. */
  readonly bytes: Readonly<Record<string, number>> | undefined;
  /** Requests by route and word. */
  readonly routes: ReadonlyMap<string, Readonly<Record<string, number>>>;
  readonly reasons: ReadonlyMap<string, number>;
  readonly hitLatency: Histogram | undefined;
  readonly missLatency: Histogram | undefined;
  readonly loadLatency: Histogram | undefined;
  readonly storeLatency: Histogram | undefined;
  readonly originLatency: Histogram | undefined;
  readonly origins: ReadonlyMap<string, Origin>;
  readonly tiers: ReadonlyMap<string, Tier>;
  readonly coalesced: number;
  readonly loads: number;
  readonly loadErrors: number;
  readonly invalidations: number;
}

/** Requests to one origin. */
export interface Origin {
  readonly requests: number;
  readonly retries: number;
  readonly failures: number;
  readonly inFlight: number;
  /** 0 closed, 1 half-open, 2 open. */
  readonly breaker: number;
  /** 1 or 0. */
  readonly healthy: number;
}

export interface Tier {
  readonly entries: number | undefined;
  readonly bytes: number | undefined;
  readonly evictions: number;
  readonly breaker: number | undefined;
}

/** Numbers of values up to each bound, as Prometheus counts them: each bucket holds those before it. */
export interface Histogram {
  readonly bounds: readonly number[];
  readonly counts: readonly number[];
}

interface Series {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

interface Frame {
  readonly at: number | null;
  readonly samples: Readonly<Record<string, number>>;
}

/** Moments kept: a quarter of an hour, one a second. */
const CAPACITY = 900;

/** What the metrics were, second by second. */
export class TrafficHistory {
  readonly #current = new Map<string, number>();
  readonly #parsed = new Map<string, Series>();
  #totals: Totals[] = [];

  /** From oldest to newest. */
  get all(): readonly Totals[] {
    return this.#totals;
  }

  get last(): Totals | undefined {
    return this.#totals.at(-1);
  }

  /** The moment about so many seconds before the last, or the oldest there is. */
  before(seconds: number): Totals | undefined {
    const last = this.last;
    if (last === undefined) return undefined;
    return this.#totals.find(({ at }) => at >= last.at - seconds - 0.2);
  }

  /** Begins anew with what the listener remembers. */
  replace(frames: readonly Frame[]): void {
    this.#current.clear();
    this.#totals = [];
    for (const frame of frames) this.add(frame);
  }

  add({ at, samples }: Frame): void {
    for (const [series, value] of Object.entries(samples)) this.#current.set(series, value);
    if (at === null || this.#current.size === 0) return;
    this.#totals.push(this.#sum(at / 1000));
    if (this.#totals.length > CAPACITY) this.#totals.shift();
  }

  /** The value of one series now, by its name in `GET /metrics`. */
  value(series: string): number | undefined {
    return this.#current.get(series);
  }

  #sum(at: number): Totals {
    const byName = new Map<string, [Series['labels'], number][]>();
    for (const [text, value] of this.#current) {
      const { name, labels } = this.#parse(text);
      const samples = byName.get(name);
      if (samples === undefined) byName.set(name, [[labels, value]]);
      else samples.push([labels, value]);
    }
    const of = (name: string): readonly [Series['labels'], number][] => byName.get(name) ?? [];
    const total = (name: string): number => of(name).reduce((sum, [, value]) => sum + value, 0);
    const byRoute = of('requests_total').some(([labels]) => 'route' in labels)
      ? of('requests_total')
      : of('route_requests_total');
    return {
      at,
      requests: sumBy(byRoute.length > 0 ? byRoute : of('requests_total'), 'status'),
      bytes: byName.has('response_bytes_total') ? sumBy(of('response_bytes_total'), 'status') : undefined,
      routes: routesIn(byRoute),
      reasons: new Map(Object.entries(sumBy(of('misses_total'), 'reason'))),
      hitLatency: histogram(of('request_duration_seconds_bucket'), ['hit', 'stale']),
      missLatency: histogram(of('request_duration_seconds_bucket'), ['miss', 'revalidated']),
      loadLatency: histogram(of('load_duration_seconds_bucket')),
      storeLatency: histogram(of('store_call_duration_seconds_bucket')),
      originLatency: histogram(of('origin_duration_seconds_bucket')),
      origins: originsIn(of),
      tiers: tiersIn(of),
      coalesced: total('coalesced_total'),
      loads: total('loads_total'),
      loadErrors: total('load_errors_total'),
      invalidations: total('invalidations_total'),
    };
  }

  #parse(text: string): Series {
    let series = this.#parsed.get(text);
    if (series === undefined) this.#parsed.set(text, (series = parse(text)));
    return series;
  }
}

function parse(text: string): Series {
  const brace = text.indexOf('{');
  const name = (brace === -1 ? text : text.slice(0, brace)).replace(/^cachewarp_/, '');
  const labels: Record<string, string> = {};
  if (brace === -1) return { name, labels };
  for (const [, label, value] of text.slice(brace).matchAll(/([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/g)) {
    labels[label!] = value!.replace(/\\(.)/g, (_, escaped: string) => (escaped === 'n' ? '\n' : escaped));
  }
  return { name, labels };
}

type Samples = readonly [Series['labels'], number][];

function sumBy(samples: Samples, label: string): Record<string, number> {
  const sums: Record<string, number> = {};
  for (const [labels, value] of samples) {
    const name = labels[label] ?? '';
    sums[name] = (sums[name] ?? 0) + value;
  }
  return sums;
}

function routesIn(samples: Samples): ReadonlyMap<string, Readonly<Record<string, number>>> {
  const routes = new Map<string, Record<string, number>>();
  for (const [{ route, status }, value] of samples) {
    if (route === undefined || status === undefined) continue;
    let words = routes.get(route);
    if (words === undefined) routes.set(route, (words = {}));
    words[status] = (words[status] ?? 0) + value;
  }
  return routes;
}

function histogram(samples: Samples, statuses?: readonly string[]): Histogram | undefined {
  const sums = new Map<number, number>();
  for (const [{ le, status }, value] of samples) {
    if (le === undefined || (statuses !== undefined && !statuses.includes(status ?? ''))) continue;
    const bound = le === '+Inf' ? Infinity : Number(le);
    sums.set(bound, (sums.get(bound) ?? 0) + value);
  }
  if (sums.size === 0) return undefined;
  const bounds = [...sums.keys()].toSorted((a, b) => a - b);
  return { bounds, counts: bounds.map((bound) => sums.get(bound)!) };
}

function originsIn(of: (name: string) => Samples): ReadonlyMap<string, Origin> {
  const origins = new Map<string, Record<string, number>>();
  const fields = {
    requests: 'origin_requests_total',
    retries: 'origin_retries_total',
    failures: 'origin_failures_total',
    inFlight: 'origin_in_flight',
    breaker: 'origin_breaker_state',
    healthy: 'origin_healthy',
  };
  for (const [field, name] of Object.entries(fields)) {
    for (const [{ origin }, value] of of(name)) {
      if (origin === undefined) continue;
      const known = origins.get(origin) ?? {
        requests: 0,
        retries: 0,
        failures: 0,
        inFlight: 0,
        breaker: 0,
        healthy: 1,
      };
      known[field] = value;
      origins.set(origin, known);
    }
  }
  return origins as unknown as ReadonlyMap<string, Origin>;
}

function tiersIn(of: (name: string) => Samples): ReadonlyMap<string, Tier> {
  const tiers = new Map<string, Record<string, number>>();
  const fields = { entries: 'entries', bytes: 'bytes', evictions: 'evictions_total', breaker: 'breaker_state' };
  for (const [field, name] of Object.entries(fields)) {
    for (const [{ tier }, value] of of(name)) {
      if (tier === undefined) continue;
      const known = tiers.get(tier) ?? { evictions: 0 };
      known[field] = (known[field] ?? 0) + value;
      tiers.set(tier, known);
    }
  }
  return tiers as unknown as ReadonlyMap<string, Tier>;
}
