import {
  get as httpGet,
  request as httpRequest,
  type Agent,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import type { Opened } from './opened.js';

/** What a test asks for. */
export interface Question {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string | string[]>>;
  readonly body?: string;
  /** Host, path and all as they go onto the wire; the path of the URL when absent. */
  readonly target?: string;
  /** Keeps the connections; each request has one of its own when absent. */
  readonly agent?: Agent;
}

/** A whole answer. */
export interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  /** Name, value, name, value, … as received. */
  readonly rawHeaders: readonly string[];
  readonly body: Buffer;
  readonly text: string;
  /** How the proxy says that it came to the answer: `HIT`, `MISS`, … */
  readonly cache: string | undefined;
  readonly interim: readonly { readonly status: number; readonly headers: IncomingHttpHeaders }[];
}

/**
 * Asks, and resolves with the whole answer. Rejects when the connection breaks before the answer is whole, or when the answer is cut.
 */
export async function ask(url: string, question: Question = {}): Promise<Answer> {
  const { method = 'GET', headers = {}, body, target, agent = false } = question;
  const interim: { status: number; headers: IncomingHttpHeaders }[] = [];
  // Node frames the content of some methods only; what is sent without framing is no content, but garbage.
  const framed = body === undefined ? headers : { 'Content-Length': String(Buffer.byteLength(body)), ...headers };
  const options: RequestOptions = { method, headers: framed, agent };
  if (target !== undefined) options.path = target;
  return new Promise((resolve, reject) => {
    const request = httpRequest(url, options, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('aborted', () => reject(new Error('the answer was cut')));
      response.on('end', () => {
        if (!response.complete) return reject(new Error('the answer was cut'));
        const whole = Buffer.concat(chunks);
        resolve({
          status: response.statusCode!,
          headers: response.headers,
          rawHeaders: response.rawHeaders,
          body: whole,
          text: whole.toString('latin1'),
          cache: response.headers['x-cache'] as string | undefined,
          interim,
        });
      });
    });
    request.on('information', ({ statusCode, headers: fields }) =>
      interim.push({ status: statusCode, headers: fields }),
    );
    request.on('error', reject);
    request.end(body);
  });
}

/** Asks `count` times at once. */
export function askMany(count: number, url: string, question?: Question): Promise<Answer[]> {
  return Promise.all(Array.from({ length: count }, () => ask(url, question)));
}

/** An answer whose head has come. */
export interface BegunAnswer {
  readonly response: IncomingMessage;
  /** The next piece of the body; empty at its end. */
  next(): Promise<string>;
  /** What is left of the body. Rejects when it is cut. */
  rest(): Promise<string>;
}

/** Asks, and answers when the head is there; of the body nothing is read until the test does. */
export function begin(
  opened: Opened,
  url: string,
  headers: Readonly<Record<string, string>> = {},
): Promise<BegunAnswer> {
  return new Promise((resolve, reject) => {
    const request = httpGet(url, { agent: false, headers }, (response) => {
      const chunks = response[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
      const next = async (): Promise<string> => {
        const { value, done } = await chunks.next();
        return done === true ? '' : String(value);
      };
      const rest = async (): Promise<string> => {
        let text = '';
        for (let piece = await next(); piece !== ''; piece = await next()) text += piece;
        return text;
      };
      // Heard by whoever reads; a test that does not read does not care.
      response.on('error', () => undefined);
      resolve({ response, next, rest });
    });
    request.on('error', reject);
    opened.add(request, () => request.destroy());
  });
}
