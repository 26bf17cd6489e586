import { expect } from 'chai';
import type { ServerOptions } from '#src/server/server-options.js';
import { startServer } from '#src/server/start-server.js';
import { checkAnswer } from './check-answer.js';

/** An answer, checked against the OpenAPI document already. */
interface Seen {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly bytes: Buffer;
  /** The body as JSON; undefined where it is none. */
  readonly json: any;
}

interface Asked {
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** Sent as JSON. */
  readonly json?: unknown;
}

/** A service on a free port, and the ways to ask it. */
export interface Service {
  readonly url: string;
  readonly port: number;
  readonly faults: unknown[];
  ask(method: string, path: string, asked?: Asked): Promise<Seen>;
  put(key: string, value: unknown, more?: object): Promise<Seen>;
  get(key: string, headers?: Record<string, string>): Promise<Seen>;
  close(): Promise<void>;
  drain(): Promise<{ lost: number }>;
}

/** Starts services and closes them: give {@link ServiceMaker.closeAll} to `afterEach`. */
export class ServiceMaker {
  readonly #open: Service[] = [];

  async make(options: ServerOptions = {}): Promise<Service> {
    const faults: unknown[] = [];
    const server = await startServer({ port: 0, onError: (error) => void faults.push(error), ...options });
    const ask = async (method: string, path: string, asked: Asked = {}): Promise<Seen> => {
      const { json } = asked;
      const headers = { ...(json !== undefined && { 'content-type': 'application/json' }), ...asked.headers };
      const body = json === undefined ? asked.body : JSON.stringify(json);
      const init = { method, headers, ...(body !== undefined && { body }) } as RequestInit;
      const response = await fetch(server.url + path, init);
      const bytes = Buffer.from(await response.arrayBuffer());
      const text = bytes.toString('utf8');
      const seen = { status: response.status, headers: response.headers, text, bytes, json: jsonOf(response, text) };
      checkAnswer(method, path, seen);
      return seen;
    };
    const service = {
      url: server.url,
      port: server.port,
      faults,
      ask,
      put: (key: string, value: unknown, more: object = {}) =>
        ask('PUT', `/cache/${encodeURIComponent(key)}`, { json: { value, ...more } }),
      get: (key: string, headers = {}) => ask('GET', `/cache/${encodeURIComponent(key)}`, { headers }),
      close: () => server.close(),
      drain: () => server.drain(),
    };
    this.#open.push(service);
    return service;
  }

  async closeAll(): Promise<void> {
    const services = this.#open.splice(0);
    await Promise.all(services.map((service) => service.close()));
    for (const { faults } of services) expect(faults, 'faults of the service').to.deep.equal([]);
  }
}

function jsonOf(response: Response, text: string): unknown {
  const isJson = /[/+]json\b/.test(response.headers.get('content-type') ?? '');
  return isJson && text !== '' ? JSON.parse(text) : undefined;
}
