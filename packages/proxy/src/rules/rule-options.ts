import type { HttpPolicyOptions } from '@cachewarp/http';

/** Fields to change in a message. Names are compared without regard to letter case. */
export interface FieldEdits {
  /** Fields that are set, in place of whatever was there. */
  set?: Readonly<Record<string, string>>;
  /** Fields that are taken out. */
  remove?: readonly string[];
}

/**
 * What holds for some requests, or for some answers. The first rule that matches wins; a rule with no condition matches everything.
 *
 * `path`, `method` and `host` are about the request, `status` and `contentType` about the answer. What concerns the request (its key,
 * cookies, directives, edits, whether it bypasses) is decided when it comes, by the first rule whose conditions about the request hold;
 * how the answer is kept is decided when it comes, by the first rule all of whose conditions hold.
 */
export interface ProxyRule {
  /** Stands for the rule in metrics. @defaultValue its paths */
  name?: string;
  /** `/exact`, `/users/*` (one segment), `/static/**` (any number), or a list. Query parameters do not count. */
  path?: string | readonly string[];
  /** `GET`, or a list. A rule for GET holds for HEAD, too. */
  method?: string | readonly string[];
  /** Host as clients send it, with port where they do, or a list. */
  host?: string | readonly string[];
  /** `404`, `'4xx'`, or a list. */
  status?: StatusPattern | readonly StatusPattern[];
  /** `text/html`, `image/*`, or a list. @defaultValue what the extension of `path` promises, where it has one: `*.css` is for `text/css` */
  contentType?: string | readonly string[];
  /** How what matches is cached, laid over the proxy's own options; `false` passes it by the cache. */
  cache?: HttpPolicyOptions | false;
  /** Changes to the request, before it is keyed and sent on. */
  request?: FieldEdits;
  /** Changes to the answer, before it is kept and given on. */
  response?: FieldEdits;
}

/** A status, or a class of them. */
export type StatusPattern = number | '2xx' | '3xx' | '4xx' | '5xx';
