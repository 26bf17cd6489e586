import { InvalidOptionError, type AnsweredRequest } from '@cachewarp/core';
import { expect } from 'chai';
import { startProxy } from '#src/proxy/start-proxy.js';
import { ask, until } from '../support/clients.js';
import { httpOrigin, Opened } from '../support/origins.js';
import { makeProxy } from '../support/proxies.js';

describe('the request log of a proxy', () => {
  const opened = new Opened();
  afterEach(() => opened.close());

  /** A proxy whose origin answers by the path, and what its log was told. */
  async function logged(wantsHits: boolean) {
    const told: AnsweredRequest[] = [];
    const seen: (string | undefined)[] = [];
    const origin = await httpOrigin(opened, (request, response) => {
      seen.push(request.headers['x-request-id'] as string | undefined);
      if (request.url === '/private') response.setHeader('cache-control', 'private');
      else if (request.url === '/silent') response.removeHeader('cache-control');
      else if (request.url === '/cookie')
        response.setHeader('cache-control', 'max-age=60').setHeader('set-cookie', 'a=1');
      else if (request.url === '/gone') return void response.destroy();
      else response.setHeader('cache-control', 'max-age=60');
      response.setHeader('x-request-id', 'the-origins-own').end('hello');
    });
    const log = { wantsHits, answered: (request: AnsweredRequest) => void told.push(request) };
    const proxy = await makeProxy(opened, origin.url, { log, upstream: { retries: 0 } });
    const get = async (path: string, headers: Record<string, string> = {}, method = 'GET') => {
      const before = told.length;
      const answer = await ask(`${proxy.url}${path}`, { headers, method });
      const isTold = wantsHits || answer.headers['x-cache'] !== 'HIT';
      if (isTold) await until(() => told.length > before);
      return answer;
    };
    return { told, seen, get };
  }

  it('is told under which id a request is found: at the origin, in the answer, and in the log', async () => {
    const { told, seen, get } = await logged(false);
    const answer = await get('/a', { 'x-request-id': 'r-1' });
    expect([told[0]!.requestId, seen[0], answer.headers['x-request-id']]).to.deep.equal(['r-1', 'r-1', 'r-1']);
  });

  for (const sent of [undefined, 'with spaces', 'a'.repeat(200), 'a"b', '-a']) {
    it(`makes an id where ${sent === undefined ? 'none was sent' : `'${sent.slice(0, 12)}' was sent`}`, async () => {
      const { told, seen, get } = await logged(false);
      const answer = await get('/a', sent === undefined ? {} : { 'x-request-id': sent });
      expect(told[0]!.requestId).to.match(/^[0-9a-f]{12}-[0-9a-z]+$/);
      expect([seen[0], answer.headers['x-request-id']]).to.deep.equal([told[0]!.requestId, told[0]!.requestId]);
    });
  }

  it('never gives a hit the id of the request that fetched it', async () => {
    const { told, get } = await logged(true);
    await get('/a', { 'x-request-id': 'first' });
    const hit = await get('/a', { 'x-request-id': 'second' });
    expect(hit.headers['x-cache']).to.equal('HIT');
    expect(hit.headers['x-request-id']).to.equal(undefined);
    expect(told.map(({ requestId, word }) => [requestId, word])).to.deep.equal([
      ['first', 'miss'],
      ['second', 'hit'],
    ]);
  });

  it('is not told of fresh hits where it does not want them', async () => {
    const { told, get } = await logged(false);
    await get('/a');
    await get('/a');
    await get('/b');
    expect(told.map(({ word, target }) => [word, target])).to.deep.equal([
      ['miss', '/a'],
      ['miss', '/b'],
    ]);
  });

  it('is told the reason of each miss, in the word of Cache-Status', async () => {
    const { told, get } = await logged(false);
    const details: (string | undefined)[] = [];
    const note = ({ headers }: { headers: Record<string, unknown> }): void =>
      void details.push(/detail=([a-z-]+)/.exec(String(headers['cache-status']))?.[1]);
    note(await get('/a'));
    note(await get('/private'));
    note(await get('/silent'));
    note(await get('/cookie'));
    note(await get('/a', { 'cache-control': 'no-cache' }));
    note(await get('/a', { 'cache-control': 'no-store' }));
    expect(told.map(({ reason }) => reason)).to.deep.equal([
      'cold',
      'private',
      'no-freshness',
      'set-cookie',
      'request',
      'request',
    ]);
    expect(details).to.deep.equal(told.map(({ reason }) => reason));
    await get('/a', {}, 'POST');
    expect(told.at(-1)).to.include({ word: 'bypass', reason: 'method' });
  });

  it('is told the code of a failure, and the client its id', async () => {
    const { told, get } = await logged(false);
    const answer = await get('/gone', { 'x-request-id': 'r-9' });
    expect(told[0]).to.include({ word: 'error', status: 502, fault: 'ERR_CACHEWARP_ORIGIN', requestId: 'r-9' });
    expect(answer.headers['x-request-id']).to.equal('r-9');
  });

  it('must be a log, or the proxy does not start', async () => {
    const fault = await startProxy({ origin: 'http://127.0.0.1:1', log: {} as never }).catch((error: unknown) => error);
    expect(fault).to.be.instanceOf(InvalidOptionError).and.to.have.property('message').that.includes('log.answered');
  });
});
