import { askAdmin, type AdminAddress } from './admin-client.js';
import type { Print } from './print.js';

interface Step {
  readonly rule: string;
  readonly section: string;
  readonly saw: string;
  readonly concluded: string;
}

interface Explanation {
  readonly decision?: string;
  readonly key?: string;
  readonly steps?: readonly Step[];
  /** Why it would be no hit; null where it would be one. */
  readonly why?: { readonly word: string; readonly detail: string } | null;
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
  const { decision, key, steps = [], why } = answer as Explanation;
  if (key !== undefined) print(`key       ${key}`);
  if (decision !== undefined) print(`decision  ${decision}`);
  if (why) print(`why       ${why.word}: ${why.detail}`);
  for (const [index, { rule, section, saw, concluded }] of steps.entries()) {
    print(`${String(index + 1).padStart(3)}. ${rule} (${section})`);
    print(`     saw ${saw}`);
    print(`     so  ${concluded}`);
  }
}
