import { assertKnownOptions, assertObject, assertText, InvalidOptionError } from '@cachewarp/core';
import {
  resolveHttpPolicy,
  type HttpPolicy,
  type HttpPolicyOptions,
  type HttpRequest,
  type HttpResponse,
} from '@cachewarp/http';
import { parseAuthority } from '../request/authority.js';
import { typesOfExtension } from './asset-types.js';
import { FieldEditor } from './field-editor.js';
import { PathPattern, segmentsOf } from './path-pattern.js';
import type { ProxyRule } from './rule-options.js';

/** What holds for one request. */
export interface Route {
  /** Stands for it in metrics: the rule's name, `default` where no rule matches. */
  readonly name: string;
  /** How it is cached. Where conditions about the answer decide that, the policy asks for them itself. */
  readonly policy: HttpPolicy;
  /** Changes to the request, before it is keyed. */
  readonly requestEdits: FieldEditor | undefined;
}

/** A rule, checked and compiled. Absent conditions hold always. */
interface CompiledRule {
  readonly name: string;
  /** Its options over those of the proxy; `false`: past the cache. */
  readonly cache: HttpPolicyOptions | false;
  readonly paths: readonly PathPattern[] | undefined;
  readonly methods: ReadonlySet<string> | undefined;
  readonly hosts: ReadonlySet<string> | undefined;
  readonly isStatus: ((status: number) => boolean) | undefined;
  readonly isType: ((type: string) => boolean) | undefined;
  readonly requestEdits: FieldEditor | undefined;
  readonly responseEdits: FieldEditor | undefined;
}

type Asked = Pick<HttpRequest, 'method' | 'authority' | 'target'>;
type Answer = Pick<HttpResponse, 'status' | 'headers'>;

const OPTIONS = [
  'name',
  'path',
  'method',
  'host',
  'status',
  'contentType',
  'cache',
  'request',
  'response',
] as const satisfies readonly (keyof ProxyRule)[];

const MAX_RULES = 1000;

/**
 * The rules of a proxy in their order. Which holds for a request is found without allocating where there are no rules, and else in time
 * proportional to the length of the path for each rule.
 */
export class RuleSet {
  readonly #base: HttpPolicyOptions;
  readonly #rules: readonly CompiledRule[];
  readonly #routes = new Map<CompiledRule | undefined, Route>();
  /** Where only some rules speak of the answer, or edit it, most proxies need not look again when it comes. */
  readonly #looksAtAnswers: boolean;

  /**
   * @param base - what holds where no rule says otherwise
   * @throws InvalidOptionError naming the first faulty rule and option, such as `rules[2].path`
   */
  constructor(rules: readonly ProxyRule[] = [], base: HttpPolicyOptions = {}) {
    if (!Array.isArray(rules)) throw new InvalidOptionError('rules', 'must be a list', rules);
    if (rules.length > MAX_RULES) throw new InvalidOptionError('rules', `must be at most ${MAX_RULES}`, rules.length);
    // Checked by itself first, so that a fault in it is not named after a rule.
    resolveHttpPolicy(base, 'policy');
    this.#base = base;
    this.#rules = rules.map((rule: ProxyRule, index) => compileRule(`rules[${index}]`, rule, base));
    this.#looksAtAnswers = this.#rules.some(hasAnswerConditions);
    for (const rule of [...this.#rules, undefined]) this.#routes.set(rule, this.#makeRoute(rule));
  }

  /** Every name that a route can have. */
  get names(): readonly string[] {
    return [...new Set([...this.#rules.map((rule) => rule.name), DEFAULT_NAME])];
  }

  /** The lifetime in ms that is configured for a route; undefined: what the origin says. */
  ttlMsOf(name: string): number | undefined {
    const rule = this.#rules.find((candidate) => candidate.name === name);
    const { ttlMs, defaultTtlMs } = this.#routes.get(rule)!.policy.semantics;
    return ttlMs ?? defaultTtlMs;
  }

  /** What holds for a request, as far as can be said before its answer has come. */
  routeOf(request: Asked): Route {
    return this.#routes.get(this.#rules.length === 0 ? undefined : this.#ruleOf(request, undefined))!;
  }

  /** An answer with the changes that the rule for it makes. */
  editAnswer<R extends Answer>(request: HttpRequest, answer: R): R {
    const edits = this.#rules.length === 0 ? undefined : this.#ruleOf(request, answer)?.responseEdits;
    return edits === undefined ? answer : { ...answer, headers: edits.edit(answer.headers) };
  }

  /** The first rule that holds. Without an answer, conditions about the answer are taken to hold. */
  #ruleOf(request: Asked, answer: Answer | undefined): CompiledRule | undefined {
    const segments = segmentsOf(request.target);
    return this.#rules.find(
      (rule) => matchesRequest(rule, request, segments) && (answer === undefined || matchesAnswer(rule, answer)),
    );
  }

  #makeRoute(rule: CompiledRule | undefined): Route {
    const { name = DEFAULT_NAME, requestEdits } = rule ?? {};
    if (!this.#looksAtAnswers) return { name, requestEdits, policy: resolveHttpPolicy(this.#optionsOf(rule)) };
    const byAnswer = new Map<CompiledRule | undefined, HttpPolicy | false>();
    const policyFor = (request: HttpRequest, answer: Answer): HttpPolicy | false => {
      const found = this.#ruleOf(request, answer);
      let policy = byAnswer.get(found);
      if (policy === undefined) byAnswer.set(found, (policy = this.#mixedPolicy(rule, found)));
      return policy;
    };
    const own =
      rule !== undefined && hasAnswerConditions(rule) && rule.cache === false ? this.#base : this.#optionsOf(rule);
    const policy = Object.freeze({ ...resolveHttpPolicy(own), forAnswer: policyFor });
    return { name, requestEdits, policy };
  }

  #optionsOf(rule: CompiledRule | undefined): HttpPolicyOptions {
    if (rule === undefined) return this.#base;
    return rule.cache === false ? { ...this.#base, bypass: () => true } : rule.cache;
  }

  /** What concerns the request stays as it was decided for the request; the rest is the answer's rule's. */
  #mixedPolicy(ofRequest: CompiledRule | undefined, ofAnswer: CompiledRule | undefined): HttpPolicy | false {
    if (ofAnswer?.cache === false) return false;
    const request = resolveHttpPolicy(ofRequest?.cache === false ? this.#base : this.#optionsOf(ofRequest));
    const answer = resolveHttpPolicy(this.#optionsOf(ofAnswer));
    const { key, requestDirectives, bypass, coalesceTimeoutMs, maxWaiters } = request;
    return Object.freeze({ ...answer, key, requestDirectives, bypass, coalesceTimeoutMs, maxWaiters });
  }
}

const DEFAULT_NAME = 'default';

function hasAnswerConditions({ isStatus, isType }: CompiledRule): boolean {
  return isStatus !== undefined || isType !== undefined;
}

function matchesRequest(rule: CompiledRule, request: Asked, segments: readonly string[]): boolean {
  const { paths, methods, hosts } = rule;
  if (methods?.has(request.method) === false || hosts?.has(request.authority) === false) return false;
  return paths === undefined || paths.some((path) => path.matches(segments));
}

function matchesAnswer({ isStatus, isType }: CompiledRule, { status, headers }: Answer): boolean {
  if (isStatus?.(status) === false) return false;
  return isType === undefined || isType((headers.get('content-type') ?? '').split(';', 1)[0]!.trim().toLowerCase());
}

function compileRule(field: string, rule: ProxyRule, base: HttpPolicyOptions): CompiledRule {
  const given: unknown = rule;
  assertObject(field, given);
  assertKnownOptions(field, rule, OPTIONS);
  const paths = listOf(rule.path)?.map((path) => new PathPattern(`${field}.path`, path));
  const name = rule.name ?? paths?.map((path) => path.text).join(' ') ?? field;
  assertText(`${field}.name`, name, 256);
  const cache = rule.cache === undefined || rule.cache === false ? rule.cache : named({ ...base, ...rule.cache }, name);
  // Checked as it was given, so that a fault is named by its place.
  if (cache !== undefined && cache !== false) resolveHttpPolicy(cache, `${field}.cache`);
  return {
    name,
    cache: cache ?? base,
    paths,
    methods: methodsOf(`${field}.method`, rule.method),
    hosts: hostsOf(`${field}.host`, rule.host),
    isStatus: statusTest(`${field}.status`, rule.status),
    isType: typeTest(`${field}.contentType`, rule.contentType ?? promisedTypes(paths, cache)),
    requestEdits: rule.request === undefined ? undefined : new FieldEditor(`${field}.request`, rule.request),
    responseEdits: rule.response === undefined ? undefined : new FieldEditor(`${field}.response`, rule.response),
  };
}

/** Objects of one rule stand in for each other, and keep its budget together. */
function named(cache: HttpPolicyOptions, name: string): HttpPolicyOptions {
  const isAdaptive = cache.ttl === 'adaptive' || cache.ttlMode === 'adaptive' || cache.adaptive !== undefined;
  // What is no options object is left to be refused.
  if (!isAdaptive || (cache.adaptive !== undefined && typeof cache.adaptive !== 'object')) return cache;
  return { ...cache, adaptive: { class: name, ...cache.adaptive } };
}

function methodsOf(field: string, given: ProxyRule['method']): ReadonlySet<string> | undefined {
  const methods = listOf(given);
  if (methods === undefined) return undefined;
  for (const method of methods) {
    if (typeof method !== 'string' || !/^[A-Z]{1,32}$/.test(method)) {
      throw new InvalidOptionError(field, 'must be a method in capitals', method);
    }
  }
  // RFC 9110 9.3.2: HEAD is GET without the content, and is answered from what GET stored.
  return new Set(methods.includes('GET') ? [...methods, 'HEAD'] : methods);
}

function hostsOf(field: string, given: ProxyRule['host']): ReadonlySet<string> | undefined {
  const hosts = listOf(given)?.map((host) => {
    const authority = typeof host === 'string' ? parseAuthority(host) : undefined;
    if (authority === undefined) throw new InvalidOptionError(field, "must be a host such as 'example.com'", host);
    return authority;
  });
  return hosts === undefined ? undefined : new Set(hosts);
}

function statusTest(field: string, given: ProxyRule['status']): ((status: number) => boolean) | undefined {
  const patterns = listOf(given);
  if (patterns === undefined) return undefined;
  const exact = new Set<number>();
  const classes = new Set<number>();
  for (const pattern of patterns) {
    if (Number.isInteger(pattern) && Number(pattern) >= 200 && Number(pattern) <= 999) exact.add(Number(pattern));
    else if (typeof pattern === 'string' && /^[2-5]xx$/.test(pattern)) classes.add(Number(pattern[0]));
    else throw new InvalidOptionError(field, "must be a status or a class such as '4xx'", pattern);
  }
  return (status) => exact.has(status) || classes.has(Math.floor(status / 100));
}

function typeTest(field: string, given: ProxyRule['contentType']): ((type: string) => boolean) | undefined {
  const types = listOf(given)?.map((type) => {
    if (typeof type === 'string' && /^[a-z0-9.+*-]+\/[a-z0-9.+*-]+$/i.test(type)) return type.toLowerCase().split('*');
    throw new InvalidOptionError(field, "must be a content type such as 'text/html' or 'image/*'", type);
  });
  if (types === undefined) return undefined;
  return (type) => types.some((parts) => matchesParts(parts, type));
}

/** Whether text is these parts in their order, the first at its beginning and the last at its end, with anything between. */
function matchesParts(parts: readonly string[], text: string): boolean {
  const first = parts[0]!;
  const last = parts.at(-1)!;
  if (parts.length === 1) return text === first;
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
  let at = first.length;
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at);
    if (found === -1) return false;
    at = found + part.length;
  }
  return at <= text.length - last.length;
}

/** A lifetime for `*.css` is for style sheets. Where the rule gives none, the answer speaks for itself and may be anything. */
function promisedTypes(
  paths: readonly PathPattern[] | undefined,
  cache: HttpPolicyOptions | false | undefined,
): readonly string[] | undefined {
  if (paths === undefined || cache === undefined || cache === false) return undefined;
  const types = paths.map((path) => (path.extension === undefined ? undefined : typesOfExtension(path.extension)));
  return types.every((list) => list !== undefined) ? types.flat() : undefined;
}

function listOf<T>(given: T | readonly T[] | undefined): readonly T[] | undefined {
  if (given === undefined) return undefined;
  return Array.isArray(given) ? (given as readonly T[]) : [given as T];
}
