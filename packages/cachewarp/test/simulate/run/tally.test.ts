import { expect } from 'chai';
import type { LogRequest } from '#src/simulate/log/log-request.js';
import { Tally } from '#src/simulate/run/tally.js';
import type { SimulatedConfig } from '#src/simulate/simulated-config.js';

describe('Tally', () => {
  const tallies: Tally[] = [];
  afterEach(() => Promise.all(tallies.splice(0).map((tally) => tally.close())));

  function makeTally(config: Partial<SimulatedConfig> = {}): Tally {
    const tally = new Tally({ name: 'test', memory: {}, policy: { defaultTtl: 60 }, rules: [], ...config });
    tallies.push(tally);
    return tally;
  }

  function request(second: number, given: Partial<LogRequest> = {}): LogRequest {
    return {
      at: second * 1000,
      method: 'GET',
      target: '/a',
      host: '',
      status: 200,
      bytes: 100,
      durationMs: 10,
      ...given,
    };
  }

  function outcomes(tally: Tally, requests: readonly LogRequest[]): string[] {
    return requests.map((one) => tally.see(one).sighting.outcome);
  }

  it('answers from store within the ttl, and no longer', () => {
    const tally = makeTally();
    expect(outcomes(tally, [request(0), request(59), request(60), request(61)])).to.deep.equal([
      'miss',
      'hit',
      'miss',
      'hit',
    ]);
    expect(tally.total).to.include({ requests: 4, hits: 2, bytes: 400, hitBytes: 200, originBytes: 200, savedMs: 20 });
    expect(tally.total.ceiling).to.equal(0.75);
    expect(Object.fromEntries(tally.missReasons)).to.deep.equal({ cold: 1, expired: 1 });
  });

  it('takes a line that is written late as of when it stands', () => {
    expect(outcomes(makeTally(), [request(100), request(30), request(159)])).to.deep.equal(['miss', 'hit', 'hit']);
  });

  it('serves stale in its window, at the cost of a refresh', () => {
    const tally = makeTally({ policy: { defaultTtl: 60, staleWhileRevalidate: 30 } });
    expect(outcomes(tally, [request(0), request(70), request(80), request(400)])).to.deep.equal([
      'miss',
      'stale',
      'hit',
      'miss',
    ]);
    expect(tally.total).to.include({ hits: 2, stale: 1, originBytes: 300 });
  });

  it('keeps nothing of POST, and lets a write that worked invalidate its URI, but not one that failed', () => {
    const put = (second: number, status: number): LogRequest => request(second, { method: 'PUT', status });
    expect(outcomes(makeTally(), [request(0), put(1, 500), request(2), put(3, 204), request(4)])).to.deep.equal([
      'miss',
      'pass',
      'hit',
      'pass',
      'miss',
    ]);
  });

  it('answers HEAD and parts from what GET stored, and stores neither', () => {
    const head = (second: number): LogRequest => request(second, { method: 'HEAD', bytes: 0 });
    const part = (second: number): LogRequest => request(second, { status: 206, bytes: 10 });
    const tally = makeTally();
    expect(outcomes(tally, [head(0), part(1), head(2), request(3), head(4), part(5)])).to.deep.equal([
      'miss',
      'miss',
      'miss',
      'miss',
      'hit',
      'hit',
    ]);
    // A part is smaller than the whole, which is no change.
    expect(tally.total.outdated).to.equal(0);
  });

  it('takes a 304 for a request of the whole answer, with the size that it had last', () => {
    const tally = makeTally();
    outcomes(tally, [
      request(0, { bytes: 700 }),
      request(100, { status: 304, bytes: 0 }),
      request(101, { bytes: 700 }),
    ]);
    expect(tally.total).to.include({ bytes: 2100, hits: 1, outdated: 0 });
  });

  it('keeps errors and 404 only where the configuration says so', () => {
    const missing = (second: number): LogRequest => request(second, { status: 404 });
    expect(outcomes(makeTally(), [missing(0), missing(1)])).to.deep.equal(['miss', 'miss']);
    const keeping = makeTally({ policy: { defaultTtl: 60, negativeTtl: { 404: 10 } } });
    expect(outcomes(keeping, [missing(0), missing(9), missing(10)])).to.deep.equal(['miss', 'hit', 'miss']);
  });

  it('calls a hit outdated where the log has another size or status at that time', () => {
    const tally = makeTally();
    outcomes(tally, [
      request(0),
      request(1, { bytes: 101 }),
      request(2, { status: 404 }),
      request(3, { status: 503 }),
      request(4),
    ]);
    expect(tally.total).to.include({ hits: 4, outdated: 2, compared: 2, changed: 2 });
  });

  it('obeys rules by path, and by the type that an extension stands for', () => {
    const tally = makeTally({
      rules: [
        { path: '/account/**', cache: false },
        { path: '/**/*.css', cache: { defaultTtl: 3600 } },
      ],
    });
    const account = request(0, { target: '/account/me' });
    const css = (second: number): LogRequest => request(second, { target: '/x/a.css' });
    expect(outcomes(tally, [account, account, css(1), css(3000)])).to.deep.equal(['pass', 'pass', 'miss', 'hit']);
  });

  it('shares a key where the parameters that differ are ignored', () => {
    const tally = makeTally({ policy: { defaultTtl: 60, key: { ignoreParams: ['utm_*'] } } });
    expect(outcomes(tally, [request(0, { target: '/a?utm_x=1' }), request(1, { target: '/a?utm_y=2' })])).to.deep.equal(
      ['miss', 'hit'],
    );
  });

  it('lets answers of different hosts apart', () => {
    expect(outcomes(makeTally(), [request(0, { host: 'a' }), request(1, { host: 'b' })])).to.deep.equal([
      'miss',
      'miss',
    ]);
  });

  it('evicts by the true engine, and keeps nothing that is too large for it', () => {
    const small = makeTally({ memory: { maxBytes: 10_000 } });
    const large = (second: number): LogRequest => request(second, { bytes: 20_000 });
    expect(outcomes(small, [large(0), large(1)])).to.deep.equal(['miss', 'miss']);
    for (let index = 0; index < 100; index++) small.see(request(2, { target: `/n/${index}` }));
    expect(small.stats().bytes).to.be.at.most(10_000);
    expect(small.stats().evictions).to.be.above(50);
  });
});
