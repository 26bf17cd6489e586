import { StringDecoder } from 'node:string_decoder';

/** No line of a log is longer, in characters; what is, is no request and is not kept in memory. */
export const MAX_LINE_LENGTH = 65_536;

/** Cuts a stream of bytes into lines. A line that is too long comes out once, shortened by its rest. */
export class LineSplitter {
  readonly #decoder = new StringDecoder('utf8');
  #rest = '';

  /** The lines that are whole with this chunk. */
  split(chunk: Buffer): string[] {
    const lines = (this.#rest + this.#decoder.write(chunk)).split('\n');
    const rest = lines.pop()!;
    // One character more than allowed tells that it is too long.
    this.#rest = rest.length > MAX_LINE_LENGTH ? rest.slice(0, MAX_LINE_LENGTH + 1) : rest;
    return lines;
  }

  /** The line that no newline ends, if there is one. */
  end(): string[] {
    const last = this.#rest + this.#decoder.end();
    this.#rest = '';
    return last === '' ? [] : [last];
  }
}
