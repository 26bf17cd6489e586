import { Agent } from 'node:http';
import type { HttpPolicyOptions } from '@cachewarp/http';
import type { ProxyOptions } from '@cachewarp/proxy';
import { expect } from 'chai';
import { ask, type Answer } from './http-client.js';
import { makeHttpOrigin, type HttpOrigin } from './http-origin.js';
import type { Opened } from './opened.js';
import { makeProxy, type TestProxy } from './test-proxy.js';

/** A field of a message. A number is a date, so many seconds from now; `{base}` stands for the folder of the case. */
export type Field = readonly [name: string, value: string | number];

/** One request of a case, what the origin answers if it is asked, and what must come of it. */
export interface Step {
  readonly method?: string;
  /** Below the folder of the case. @defaultValue '' */
  readonly path?: string;
  readonly sends?: readonly Field[];
  readonly body?: string;

  /** What the origin answers. @defaultValue 200 */
  readonly status?: number;
  readonly fields?: readonly Field[];
  /** @defaultValue text that tells how many answers the origin has given in this case */
  readonly content?: string;
  readonly interim?: readonly (readonly [status: number, fields: Readonly<Record<string, string>>])[];
  /** The origin closes the connection instead. */
  readonly breaks?: boolean;

  /**
   * Where the answer must come from: `cache` without asking the origin, `origin` whole, `etag` or `date` after the origin has confirmed
   * what is stored by If-None-Match or If-Modified-Since.
   */
  readonly from?: 'cache' | 'origin' | 'etag' | 'date';
  /** What the client must see. @defaultValue the status that the origin answered last */
  readonly is?: number;
  readonly text?: string;
  readonly has?: readonly (readonly [name: string, value: string | number | ((value: string) => boolean)])[];
  readonly lacks?: readonly string[];
  /** What the origin must have been told. */
  readonly told?: readonly Field[];
  readonly originMethod?: string;

  /** Seconds that pass afterwards. */
  readonly wait?: number;
}

/** A sentence of a standard, as requests one after the other. */
export interface Case {
  readonly title: string;
  /** Section of the standard. */
  readonly section: string;
  readonly steps: readonly Step[];
}

/** A proxy with an origin that answers as each step says. */
export interface Bench {
  readonly proxy: TestProxy;
  readonly origin: HttpOrigin;
  /** Connections are kept: most clients do that, and a hit has a short cut there. */
  readonly agent: Agent;
  readonly script: { step: Step | undefined; base: string; validators: Map<string, string>; answers: number };
}

/** What a proxy may be given. */
export type BenchOptions = Omit<ProxyOptions, 'origin' | 'cache'>;

/** The policy of the standards, with Set-Cookie stored as they allow. */
export const STANDARD: BenchOptions & { readonly policy: HttpPolicyOptions } = {
  policy: { storeSetCookie: true, staleIfUnreachable: 0 },
  // A case in which the origin breaks off must not be paid for by the next one.
  upstream: { breaker: false, retries: 0 },
};

let cases = 0;

/** Makes a proxy whose policy is the standards', with Set-Cookie stored as they allow, and what else `options` say. */
export async function makeBench(opened: Opened, options?: BenchOptions): Promise<Bench> {
  const script: Bench['script'] = { step: undefined, base: '', validators: new Map(), answers: 0 };
  let now = Date.now;
  const origin = await makeHttpOrigin(opened, (request, response) => {
    const step = script.step!;
    if (step.breaks === true) return void request.socket.destroy();
    for (const [status, fields] of step.interim ?? []) {
      if (status === 103) response.writeEarlyHints(fields as { link: string });
      else response.writeProcessing();
    }
    const fields = render(step.fields ?? [], script.base, now());
    const { 'if-none-match': tags, 'if-modified-since': since } = request.headers;
    const { validators } = script;
    const isConfirmed =
      (step.from === 'etag' && tags !== undefined && tags === validators.get('etag')) ||
      (step.from === 'date' && since !== undefined && since === validators.get('last-modified'));
    const asked = step.from === 'etag' || step.from === 'date';
    const status = isConfirmed ? 304 : asked ? 999 : (step.status ?? 200);
    script.answers++;
    for (const [name, value] of fields) validators.set(name.toLowerCase(), value);
    response.sendDate = false;
    response.writeHead(status, fields.flat());
    const hasBody = status !== 304 && status !== 204 && request.method !== 'HEAD';
    response.end(hasBody ? (step.content ?? `answer ${script.answers}`) : undefined);
  });
  const proxy = await makeProxy(opened, origin.url, options ?? STANDARD);
  now = () => proxy.clock.now();
  const agent = opened.add(new Agent({ keepAlive: true }), (it) => it.destroy());
  return { proxy, origin, agent, script };
}

/** Walks through the steps of a case. Throws where one of them goes another way. */
export async function walk({ proxy, origin, agent, script }: Bench, { steps }: Case): Promise<void> {
  script.base = `/${++cases}/`;
  script.validators.clear();
  script.answers = 0;
  let lastStatus = 200;
  for (const [index, step] of steps.entries()) {
    script.step = step;
    const at = `request ${index + 1}`;
    const before = origin.requests.length;
    const answer = await askFor(proxy, agent, script.base, step);
    const seen = origin.requests[before];
    const asked = origin.requests.length - before;
    if (seen !== undefined)
      lastStatus = step.from === 'etag' || step.from === 'date' ? lastStatus : (step.status ?? 200);
    checkSource(step, asked, answer, script, at);
    expect(answer.status, `${at}: status`).to.equal(step.is ?? (step.breaks === true ? answer.status : lastStatus));
    expect(
      answer.interim.map(({ status }) => status),
      `${at}: interim answers`,
    ).to.deep.equal((seen === undefined ? [] : (step.interim ?? [])).map(([status]) => status));
    if (step.text !== undefined) expect(answer.text, `${at}: body`).to.equal(step.text);
    checkFields(step, answer, script.base, proxy.clock.now(), at);
    for (const [name, value] of step.told ?? []) {
      expect(seen?.headers[name.toLowerCase()], `${at}: ${name} at the origin`).to.equal(value);
    }
    if (step.originMethod !== undefined) expect(seen?.method, `${at}: method`).to.equal(step.originMethod);
    if (step.wait !== undefined) await proxy.clock.advanceAsync(step.wait * 1000);
  }
}

function askFor(proxy: TestProxy, agent: Agent, base: string, step: Step): Promise<Answer> {
  const headers: Record<string, string[]> = {};
  for (const [name, value] of render(step.sends ?? [], base, proxy.clock.now())) (headers[name] ??= []).push(value);
  const { method = 'GET', path = '', body } = step;
  return ask(`${proxy.url}${base}${path}`, { method, headers, agent, ...(body === undefined ? {} : { body }) });
}

function checkSource({ from, method }: Step, asked: number, answer: Answer, script: Bench['script'], at: string): void {
  if (from === undefined) return;
  expect(asked, `${at}: requests to the origin`).to.equal(from === 'cache' ? 0 : 1);
  expect(answer.status, `${at}: the origin was asked to confirm and was not told what`).to.not.equal(999);
  const isWhole = method !== 'HEAD' && script.step!.content === undefined && answer.text.startsWith('answer ');
  if (from === 'origin' && isWhole) expect(answer.text, at).to.equal(`answer ${script.answers}`);
}

function checkFields(step: Step, answer: Answer, base: string, now: number, at: string): void {
  for (const [name, value] of step.has ?? []) {
    const found = valueOf(answer, name);
    if (typeof value === 'function') {
      expect(found, `${at}: ${name}`).to.not.equal(undefined);
      expect(value(found!), `${at}: ${name}: ${found}`).to.equal(true);
    } else expect(found, `${at}: ${name}`).to.equal(render([[name, value]], base, now)[0]![1]);
  }
  for (const name of step.lacks ?? []) expect(valueOf(answer, name), `${at}: ${name}`).to.equal(undefined);
}

function valueOf(answer: Answer, name: string): string | undefined {
  const values: string[] = [];
  for (let at = 0; at < answer.rawHeaders.length; at += 2) {
    if (answer.rawHeaders[at]!.toLowerCase() === name.toLowerCase()) values.push(answer.rawHeaders[at + 1]!);
  }
  return values.length === 0 ? undefined : values.join(', ');
}

function render(fields: readonly Field[], base: string, now: number): (readonly [string, string])[] {
  return fields.map(([name, value]) => {
    if (typeof value === 'number') return [name, new Date(now + value * 1000).toUTCString()];
    return [name, value.replaceAll('{base}', base)];
  });
}
