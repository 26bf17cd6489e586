/** A series of a metric, as Prometheus writes it: `cachewarp_requests_total{status="hit"}`. */
export interface Series {
  /** Without `cachewarp_`. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
}

const known = new Map<string, Series>();
/** Far above what a cache has: label sets are bounded. */
const MAX_KNOWN = 20_000;

/** Reads the text of a series. The same few hundred come every second: they are remembered. */
export function readSeries(text: string): Series {
  let series = known.get(text);
  if (series === undefined) {
    series = parse(text);
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(text, series);
  }
  return series;
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
