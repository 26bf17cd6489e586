import { askAdmin, type AdminAddress } from './admin-client.js';
import type { Print } from './print.js';

interface Step {
  readonly rule: string;
  readonly section: string;
  readonly saw: string;
  readonly concluded: string;
}

/** `cachewarp explain`: what a request would get now, and why, step by step. */
export async function explain(
  what: string,
  address: AdminAddress,
  options: { json?: boolean },
  print: Print,
): Promise<void> {
  const parameter = /^https?:\/\//.test(what) ? 'url' : 'key';
  const answer = await askAdmin(address, `/explain?${parameter}=${encodeURIComponent(what)}`);
  if (options.json === true) return print(JSON.stringify(answer));
  const { decision, key, steps = [] } = answer as { decision?: string; key?: string; steps?: readonly Step[] };
  if (key !== undefined) print(`key       ${key}`);
  if (decision !== undefined) print(`decision  ${decision}`);
  for (const [index, { rule, section, saw, concluded }] of steps.entries()) {
    print(`${String(index + 1).padStart(3)}. ${rule} (${section})`);
    print(`     saw ${saw}`);
    print(`     so  ${concluded}`);
  }
}
