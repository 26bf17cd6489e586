import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { onCore } from '../harness/cores.js';
import { programPath } from '../harness/program-path.js';

export const CONNECTIONS = 50;

/** What one run of load came to. */
export interface LoadResult {
  readonly requests: number;
  readonly perSecond: number;
  readonly p99Us: number;
}

/** Added to every script: the figures in a form to be read, and what went wrong. */
export const REPORT = `
done = function(summary, latency)
  local e = summary.errors
  io.write(string.format("\\nfigures %d %d %d %d\\n", summary.requests, summary.duration, latency:percentile(99),
    e.connect + e.read + e.write + e.status + e.timeout))
end
`;

/**
 * Puts a server under load over keep-alive connections, on the other core.
 *
 * @param scriptPath - a Lua script that ends with {@link REPORT}
 * @throws Error, rejected, when an answer was an error, or none came
 */
export async function runWrk(url: string, seconds: number, scriptPath: string): Promise<LoadResult> {
  const wrk = (found ??= programPath('wrk'));
  const args = ['-t1', `-c${CONNECTIONS}`, `-d${seconds}s`, '-s', scriptPath, url];
  const [program, ...rest] = onCore('load', [wrk, ...args]);
  const child = spawn(program!, rest, { stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  await once(child, 'close');
  const figures = /^figures (\d+) (\d+) (\d+) (\d+)$/m.exec(output);
  if (figures === null) throw new Error(`wrk ${args.join(' ')} said nothing of use:\n${output}`);
  const [requests, durationUs, p99Us, errors] = figures.slice(1).map(Number) as [number, number, number, number];
  if (errors > 0 || requests === 0) throw new Error(`${errors} of ${requests} requests of ${url} failed`);
  return { requests, perSecond: requests / (durationUs / 1e6), p99Us };
}

let found: string | undefined;
