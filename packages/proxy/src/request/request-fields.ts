import { fieldRule } from './field-rules.js';
import type { Refusal } from './refusal.js';

const TOO_MANY: Refusal = { status: 431, detail: 'The request has too many header fields.' };
const REPEATED: Refusal = { status: 400, detail: 'A header field that may occur once is repeated.' };

/** Fields that Connection cannot take away: without Cookie a personal request would look like anybody's. */
const NOT_CONNECTION_OPTIONS: ReadonlySet<string> = new Set([
  'authorization',
  'cache-control',
  'content-encoding',
  'content-length',
  'content-range',
  'content-type',
  'cookie',
  'host',
  'if-match',
  'if-modified-since',
  'if-none-match',
  'if-range',
  'if-unmodified-since',
  'origin',
  'pragma',
  'range',
  'te',
  'transfer-encoding',
  'upgrade',
]);

/**
 * The fields of one request, sorted in one pass: those that are keyed and sent on, and what the others said. Values are as sent.
 */
export class RequestFields {
  /** Fields to key and send on, flat: name, value, … The owner may append to it. */
  kept: string[] = [];
  host: string | undefined = undefined;
  connection: string | undefined = undefined;
  contentLength: string | undefined = undefined;
  transferEncoding: string | undefined = undefined;
  te: string | undefined = undefined;
  upgrade: string | undefined = undefined;
  expect: string | undefined = undefined;
  maxForwards: string | undefined = undefined;
  requestId: string | undefined = undefined;
  forwardedFor: string | undefined = undefined;
  forwardedProto: string | undefined = undefined;
  forwardedHost: string | undefined = undefined;
  /** Every Via so far, combined. It is also among those kept. */
  via: string | undefined = undefined;
  /** Where the value of Cookie stands among the fields kept. */
  #cookieAt = -1;

  /**
   * @param raw - as Node's parsers give it: name, value, name, value, … Pseudo-fields of HTTP/2 are passed over.
   * @param maxFields - more lines than this are refused
   */
  static read(raw: readonly string[], maxFields: number): RequestFields | Refusal {
    if (raw.length > maxFields * 2) return TOO_MANY;
    const fields = new RequestFields();
    const { kept } = fields;
    for (let at = 0; at < raw.length; at += 2) {
      const name = raw[at]!;
      const value = raw[at + 1]!;
      switch (fieldRule(name)) {
        case 'keep':
          if (name.charCodeAt(0) !== COLON) kept.push(name, value);
          break;
        case 'drop':
          break;
        case 'cookie':
          fields.#keepCookie(name, value);
          break;
        case 'host':
          if (fields.host !== undefined) return REPEATED;
          fields.host = value;
          break;
        case 'content-length':
          if (fields.contentLength !== undefined) return REPEATED;
          fields.contentLength = value;
          break;
        case 'transfer-encoding':
          if (fields.transferEncoding !== undefined) return REPEATED;
          fields.transferEncoding = value;
          break;
        case 'connection':
          fields.connection = combine(fields.connection, value);
          break;
        case 'te':
          fields.te = combine(fields.te, value);
          break;
        case 'upgrade':
          fields.upgrade = combine(fields.upgrade, value);
          break;
        case 'expect':
          fields.expect = combine(fields.expect, value);
          break;
        case 'via':
          fields.via = combine(fields.via, value);
          kept.push(name, value);
          break;
        case 'max-forwards':
          fields.maxForwards = combine(fields.maxForwards, value);
          break;
        case 'request-id':
          fields.requestId = combine(fields.requestId, value);
          break;
        case 'forwarded-for':
          fields.forwardedFor = combine(fields.forwardedFor, value);
          break;
        case 'forwarded-proto':
          fields.forwardedProto = combine(fields.forwardedProto, value);
          break;
        case 'forwarded-host':
          fields.forwardedHost = combine(fields.forwardedHost, value);
          break;
      }
    }
    if (fields.connection !== undefined) fields.#dropConnectionOptions(fields.connection);
    return fields;
  }

  #keepCookie(name: string, value: string): void {
    if (this.#cookieAt === -1) {
      this.#cookieAt = this.kept.length + 1;
      this.kept.push(name, value);
    } else {
      this.kept[this.#cookieAt] += `; ${value}`;
    }
  }

  /** Whether Connection lists this option, given in lower case (RFC 9110 §7.6.1). */
  connectionHas(option: string): boolean {
    if (this.connection === undefined) return false;
    return this.connection
      .toLowerCase()
      .split(',')
      .some((member) => member.trim() === option);
  }

  #dropConnectionOptions(connection: string): void {
    // Nearly every request says one of these, or nothing.
    if (connection === 'keep-alive' || connection === 'close' || connection === 'Keep-Alive') return;
    const named = new Set<string>();
    for (const member of connection.toLowerCase().split(',')) {
      const name = member.trim();
      if (!NOT_CONNECTION_OPTIONS.has(name)) named.add(name);
    }
    const { kept } = this;
    const left: string[] = [];
    for (let at = 0; at < kept.length; at += 2) {
      if (!named.has(kept[at]!.toLowerCase())) left.push(kept[at]!, kept[at + 1]!);
    }
    this.kept = left;
  }
}

const COLON = 0x3a;

function combine(before: string | undefined, value: string): string {
  return before === undefined ? value : `${before}, ${value}`;
}
