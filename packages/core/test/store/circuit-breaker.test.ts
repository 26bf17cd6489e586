import { expect } from 'chai';
import { InvalidOptionError } from '#src/base/errors.js';
import type { CircuitBreakerOptions } from '#src/store/circuit-breaker.js';
import { CircuitBreaker } from '#src/store/circuit-breaker.js';
import type { BreakerState } from '#src/telemetry/events.js';
import { FakeClock } from '#src/testing/fake-clock.js';

function makeBreaker(options: CircuitBreakerOptions = {}, random = 0) {
  const clock = new FakeClock();
  const changes: BreakerState[] = [];
  const breaker = new CircuitBreaker(options, {
    clock,
    random: () => random,
    onChange: (state) => changes.push(state),
  });
  const fail = (times = 1): void => {
    for (let i = 0; i < times; i++) breaker.failed(breaker.acquire());
  };
  const succeed = (times = 1): void => {
    for (let i = 0; i < times; i++) breaker.succeeded(breaker.acquire());
  };
  return { breaker, clock, changes, fail, succeed };
}

describe('CircuitBreaker', () => {
  it('opens after five failures in a row and then refuses', () => {
    const { breaker, changes, fail, succeed } = makeBreaker();
    fail(4);
    succeed();
    fail(4);
    expect(breaker.state).to.equal('closed');
    fail();
    expect(breaker.state).to.equal('open');
    expect(breaker.acquire()).to.equal(0);
    expect(changes).to.deep.equal(['open']);
  });

  it('opens when half of the last calls failed, though never five in a row', () => {
    const { breaker, fail, succeed } = makeBreaker({ windowSize: 10 });
    for (let i = 0; i < 4; i++) {
      fail();
      succeed();
    }
    succeed();
    expect(breaker.state).to.equal('closed');
    fail();
    expect(breaker.state).to.equal('open');
  });

  it('judges the rate over the last calls only', () => {
    const { breaker, fail, succeed } = makeBreaker({ windowSize: 10 });
    fail(4);
    succeed(6);
    for (let i = 0; i < 10; i++) {
      succeed(2);
      fail(1);
    }
    expect(breaker.state).to.equal('closed');
  });

  it('counts anew after it has recovered', () => {
    const { breaker, clock, fail, succeed } = makeBreaker({ windowSize: 4, failureThreshold: 100 });
    for (let round = 0; round < 3; round++) {
      fail(3);
      expect(breaker.state).to.equal('closed');
      fail();
      expect(breaker.state).to.equal('open');
      clock.jumpTo(breaker.retryAt);
      // The probe's success is not part of the new count.
      succeed();
      expect(breaker.state).to.equal('closed');
      succeed(4);
      fail(1);
      expect(breaker.state).to.equal('closed');
      fail(1);
      expect(breaker.state).to.equal('open');
      clock.jumpTo(breaker.retryAt);
      succeed();
    }
  });

  it('lets one call probe after openFor, and closes when it succeeds', () => {
    const { breaker, clock, changes, fail } = makeBreaker();
    fail(5);
    clock.advance(4_999);
    expect(breaker.acquire()).to.equal(0);
    expect(breaker.retryAt).to.equal(clock.now() + 1);
    clock.advance(1);
    const probe = breaker.acquire();
    expect(probe).to.be.above(0);
    expect(breaker.state).to.equal('half-open');
    expect(breaker.acquire()).to.equal(0);
    breaker.succeeded(probe);
    expect(breaker.state).to.equal('closed');
    expect(breaker.retryAt).to.equal(0);
    expect(breaker.acquire()).to.be.above(0);
    expect(changes).to.deep.equal(['open', 'half-open', 'closed']);
  });

  it('stays open twice as long after each failed probe, up to a bound, and anew after a recovery', () => {
    const { breaker, clock, fail, succeed } = makeBreaker({ openFor: '5s', maxOpenFor: '15s' });
    fail(5);
    for (const openForMs of [5_000, 10_000, 15_000, 15_000]) {
      expect(breaker.retryAt - clock.now()).to.equal(openForMs);
      clock.advance(openForMs);
      fail();
      expect(breaker.state).to.equal('open');
    }
    clock.advance(15_000);
    succeed();
    fail(5);
    expect(breaker.retryAt - clock.now()).to.equal(5_000);
  });

  it('adds a random part to the time it stays open', () => {
    const { breaker, clock, fail } = makeBreaker({ jitter: 0.2 }, 0.5);
    fail(5);
    expect(breaker.retryAt - clock.now()).to.equal(5_500);
  });

  it('ignores what calls from an earlier state report', () => {
    const { breaker, clock, fail } = makeBreaker();
    const early = Array.from({ length: 10 }, () => breaker.acquire());
    fail(5);
    const { retryAt } = breaker;
    clock.advance(100);
    breaker.failed(early[0]!);
    breaker.succeeded(early[1]!);
    expect(breaker.state).to.equal('open');
    expect(breaker.retryAt).to.equal(retryAt);
    clock.advance(5_000);
    const probe = breaker.acquire();
    breaker.failed(early[2]!);
    breaker.succeeded(early[3]!);
    expect(breaker.state).to.equal('half-open');
    breaker.succeeded(probe);
    for (const permit of early) breaker.failed(permit);
    expect(breaker.state).to.equal('closed');
  });

  it('frees the place of a probe that says nothing about the store', () => {
    const { breaker, clock, fail } = makeBreaker();
    fail(5);
    clock.advance(5_000);
    breaker.released(breaker.acquire());
    const probe = breaker.acquire();
    expect(probe).to.be.above(0);
    breaker.succeeded(probe);
    expect(breaker.state).to.equal('closed');
  });

  it('lets another call probe when the first never reports', () => {
    const { breaker, clock, fail, changes } = makeBreaker();
    fail(5);
    clock.advance(5_000);
    const lost = breaker.acquire();
    clock.advance(4_999);
    expect(breaker.acquire()).to.equal(0);
    clock.advance(1);
    const second = breaker.acquire();
    expect(second).to.be.above(0);
    breaker.failed(lost);
    expect(breaker.state).to.equal('half-open');
    breaker.succeeded(second);
    expect(changes).to.deep.equal(['open', 'half-open', 'closed']);
  });

  it('sets no timer', () => {
    const { clock, fail } = makeBreaker();
    fail(5);
    expect(clock.pendingTimers).to.equal(0);
  });

  it('refuses options that cannot be, naming field and value', () => {
    const refusals: [CircuitBreakerOptions, string][] = [
      [{ failureThreshold: 0 }, 'breaker.failureThreshold must be a number from 1 to 1000000, got 0'],
      [{ failureRate: 0 }, 'breaker.failureRate must be a number above 0 up to 1, got 0'],
      [{ windowSize: 0.5 }, 'breaker.windowSize must be a number from 1'],
      [{ openFor: -1 }, 'breaker.openFor must be a duration above 0'],
      [{ maxOpenFor: '5 minutes' as never }, 'breaker.maxOpenFor must be a duration above 0'],
      [{ jitter: 2 }, 'breaker.jitter must be a number from 0 to 1, got 2'],
      [{ threshold: 5 } as never, 'breaker.threshold is not an option'],
    ];
    for (const [options, message] of refusals) {
      expect(() => new CircuitBreaker(options), message).to.throw(InvalidOptionError, message);
    }
  });
});
