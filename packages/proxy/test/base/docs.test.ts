import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { DEFAULT_LIMITS } from '#src/base/limits.js';
import { ProxyStartError, UpstreamError, type StartFault, type UpstreamFault } from '#src/base/proxy-errors.js';
import { DEFAULT_UPSTREAM } from '#src/upstream/upstream-options.js';

const FAULTS: Record<UpstreamFault, true> = {
  connect: true,
  'connect-timeout': true,
  reset: true,
  timeout: true,
  protocol: true,
  unavailable: true,
  overloaded: true,
  request: true,
  aborted: true,
};
const START_FAULTS: Record<StartFault, true> = { PORT_IN_USE: true, LISTEN: true, TLS: true, WORKER: true };

describe('the pages about the proxy', () => {
  const page = (name: string): string => readFileSync(new URL(`../../../../docs/${name}`, import.meta.url), 'utf8');

  /** The rows of a table that begin with an option's name: its default. */
  function defaultsIn(text: string, heading: string): Record<string, string> {
    const lines = text.split('\n');
    const from = lines.findIndex((line) => line.startsWith(`| ${heading}`));
    const to = lines.findIndex((line, at) => at > from && line === '');
    const cells = lines.slice(from + 2, to).map((line) => line.split('|').map((cell) => cell.trim()));
    return Object.fromEntries(cells.map(([, name, value]) => [name!.replaceAll('`', ''), value!.replaceAll('`', '')]));
  }

  it('have every limit with its default', () => {
    const expected = Object.entries(DEFAULT_LIMITS).map(([name, value]) => [name, String(value)]);
    expect(defaultsIn(page('proxy.md'), '`limits` option')).to.deep.equal(Object.fromEntries(expected));
  });

  it('have every option of the way to the origin with its default', () => {
    const written = defaultsIn(page('proxy.md'), '`upstream` option');
    expect(Object.keys(written)).to.have.members(Object.keys(DEFAULT_UPSTREAM));
    const { breaker: _, tls: __, ...plain } = DEFAULT_UPSTREAM;
    for (const [name, value] of Object.entries(plain)) expect(written[name], name).to.equal(String(value));
  });

  it('have a paragraph for every error code', () => {
    const codes = [
      ...Object.keys(FAULTS).map((fault) => new UpstreamError(fault as UpstreamFault, '').code),
      ...Object.keys(START_FAULTS).map((fault) => new ProxyStartError(fault as StartFault, '').code),
    ];
    const documented = page('errors.md').match(/^### `ERR_CACHEWARP_\w+`/gm)!;
    for (const code of codes) expect(documented, code).to.include(`### \`${code}\``);
    const ours = documented.filter((line) => /UPSTREAM|PORT_IN_USE|LISTEN|_TLS|_WORKER/.test(line));
    expect(ours).to.have.length(codes.length);
  });
});
