import { rejects } from 'node:assert/strict';
import { expect } from 'chai';
import type { UpstreamError } from '#src/base/proxy-errors.js';
import { Exchange, type ExchangeOwner } from '#src/upstream/exchange.js';
import type { ResponseHead } from '#src/upstream/response-head.js';

/** What an HTTP client would tell an exchange, told by the test: undici notices some of it itself, and need not always. */
class ControllerDouble {
  readonly aborted = false;
  readonly paused = false;
  readonly reason = null;
  readonly rawTrailers: string[] = [];
  readonly rawHeaders: string[];
  readonly calls: string[] = [];

  constructor(rawHeaders: string[]) {
    this.rawHeaders = rawHeaders;
  }

  abort(error: Error): void {
    this.calls.push(`abort ${(error as UpstreamError).fault}`);
  }

  pause(): void {
    this.calls.push('pause');
  }

  resume(): void {
    this.calls.push('resume');
  }
}

describe('Exchange', () => {
  function begin(rawHeaders: string[]) {
    const done: (string | undefined)[] = [];
    const owner: ExchangeOwner = {
      name: 'a:80',
      limits: { firstByteTimeoutMs: 1000, idleTimeoutMs: 1000, totalTimeoutMs: Infinity, headerFields: 100 },
      onHead: () => undefined,
      onDone: (_, error) => done.push(error?.fault),
    };
    const context = { signal: new AbortController().signal };
    const exchange = new Exchange(owner, { method: 'GET', context, permit: 1, onDone: () => undefined });
    const controller = new ControllerDouble(rawHeaders);
    exchange.onRequestStart(controller);
    return { exchange, controller, done };
  }

  async function bodyOf(exchange: Exchange): Promise<string> {
    const { body } = exchange.response((await exchange.head) as ResponseHead);
    let text = '';
    if (body instanceof Uint8Array) return Buffer.from(body).toString();
    for await (const chunk of body!) text += Buffer.from(chunk).toString();
    return text;
  }

  it('takes an end before Content-Length for a broken response', async () => {
    const { exchange, controller, done } = begin(['Content-Length', '8']);
    exchange.onResponseStart(controller, 200, {}, 'OK');
    const body = bodyOf(exchange);
    exchange.onResponseData(controller, Buffer.from('half'));
    exchange.onResponseEnd(controller);
    await rejects(body, { fault: 'reset' });
    expect(done).to.deep.equal(['reset']);
  });

  it('takes more than Content-Length for a broken response, and breaks off', async () => {
    const { exchange, controller, done } = begin(['Content-Length', '2']);
    exchange.onResponseStart(controller, 200, {}, 'OK');
    const body = bodyOf(exchange);
    exchange.onResponseData(controller, Buffer.from('more'));
    await rejects(body, { fault: 'protocol' });
    expect(controller.calls).to.deep.equal(['abort protocol']);
    expect(done).to.deep.equal(['protocol']);
  });

  it('gives its place back once, whatever else comes', async () => {
    const { exchange, controller, done } = begin(['Content-Length', '2']);
    exchange.onResponseStart(controller, 200, {}, 'OK');
    exchange.onResponseData(controller, Buffer.from('ok'));
    exchange.onResponseEnd(controller);
    exchange.onResponseError(controller, new Error('late'));
    expect(await bodyOf(exchange)).to.equal('ok');
    expect(done).to.deep.equal([undefined]);
  });

  it('fails when the response ends before its head', async () => {
    const { exchange, controller } = begin([]);
    exchange.onResponseEnd(controller);
    await rejects(exchange.head, { fault: 'protocol' });
  });
});
