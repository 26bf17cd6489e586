import { STATUS_CODES, type ServerResponse } from 'node:http';
import { writeWhole } from './one-write.js';
import { namedFields, type NamedField } from './response-fields.js';

/** Bodies up to this size are copied behind their head; larger ones are written beside it. */
const MAX_COPIED_BYTES = 16_384;

/** How many bytes of copies are held in all. Beyond, the older half is let go, and made again when it is asked for. */
const MAX_HELD_BYTES = 16 * 1024 * 1024;

let held: RenderedHit[] = [];
let heldBytes = 0;

/**
 * What is derived from a stored response for the sake of its hits: its fields and bytes as they go out, made once a second, since Age
 * and the ttl in Cache-Status are whole seconds. It stands beside the response in memory, and goes with it.
 */
export class RenderedHit {
  /** The second for which the rest holds. */
  ageSeconds = -1;
  /** The fields, flat. */
  fields: readonly string[] = [];
  #named: readonly NamedField[] | undefined;
  #connection = '';
  #head: Buffer | undefined;
  #whole: Buffer | undefined;
  #isHeld = false;

  renew(ageSeconds: number, fields: readonly string[]): void {
    this.ageSeconds = ageSeconds;
    this.fields = fields;
    this.#named = undefined;
    this.#head = undefined;
    this.#whole = undefined;
  }

  /** The fields by name. */
  get named(): readonly NamedField[] {
    return (this.#named ??= namedFields(this.fields));
  }

  /** Status line and fields as bytes. */
  head(status: number, connection: string): Buffer {
    if (this.#head !== undefined && this.#connection === connection) return this.#head;
    let text = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Unknown'}\r\n`;
    for (let at = 0; at < this.fields.length; at += 2) text += `${this.fields[at]!}: ${this.fields[at + 1]!}\r\n`;
    this.#connection = connection;
    this.#whole = undefined;
    this.#head = Buffer.from(`${text}${connection}\r\n`, 'latin1');
    return this.#head;
  }

  writeTo(response: ServerResponse, status: number, connection: string, body: Uint8Array): void {
    const head = this.head(status, connection);
    if (body.length > MAX_COPIED_BYTES) writeWhole(response, head, body);
    else writeWhole(response, (this.#whole ??= this.#join(head, body)));
  }

  #join(head: Buffer, body: Uint8Array): Buffer {
    const whole = Buffer.concat([head, body]);
    if (this.#isHeld) return whole;
    this.#isHeld = true;
    held.push(this);
    heldBytes += whole.length;
    if (heldBytes > MAX_HELD_BYTES) letGo();
    return whole;
  }

  /** Lets the copy go. */
  static release(rendered: RenderedHit): void {
    rendered.#isHeld = false;
    rendered.#whole = undefined;
  }

  /** Bytes of the copy. */
  get heldBytes(): number {
    return this.#whole?.length ?? 0;
  }
}

/** Lets the older half go. Sizes that changed with a digit of Age do not matter for a bound. */
function letGo(): void {
  const kept = held.splice(Math.ceil(held.length / 2));
  for (const rendered of held) RenderedHit.release(rendered);
  held = kept;
  heldBytes = kept.reduce((bytes, rendered) => bytes + rendered.heldBytes, 0);
}
