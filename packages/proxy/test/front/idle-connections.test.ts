// oxlint-disable no-underscore-dangle -- the name is http.Server's
import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { expect } from 'chai';
import sinon from 'sinon';
import { IdleConnections, knowsWhoAnswers } from '#src/front/idle-connections.js';

/** A connection as far as it is looked at. */
class Connection extends EventEmitter {
  bytesRead = 100;
  bytesWritten = 100;
  _httpMessage: object | null = null;
  isOpen = true;

  destroy(): void {
    this.isOpen = false;
    this.emit('close');
  }

  request(): ServerResponse {
    return { req: { socket: this } } as unknown as ServerResponse;
  }
}

describe('IdleConnections', () => {
  let clock: sinon.SinonFakeTimers;
  beforeEach(() => (clock = sinon.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] })));
  afterEach(() => clock.restore());

  function makeIdle(timeoutMs: number): { idle: IdleConnections; connection: Connection } {
    const idle = new IdleConnections(timeoutMs);
    const connection = new Connection();
    idle.watch(connection.request());
    return { idle, connection };
  }

  it('keeps a connection open for its timeout, and closes it soon after', () => {
    const { connection } = makeIdle(60_000);
    clock.tick(60_000);
    expect(connection.isOpen).to.equal(true);
    clock.tick(2_000);
    expect(connection.isOpen).to.equal(false);
  });

  it('looks as often as a short timeout needs', () => {
    const { connection } = makeIdle(20);
    clock.tick(20);
    expect(connection.isOpen).to.equal(true);
    clock.tick(40);
    expect(connection.isOpen).to.equal(false);
  });

  it('begins anew with every byte, in either direction', () => {
    const { connection } = makeIdle(1_000);
    for (let at = 0; at < 20; at++) {
      if (at % 2 === 0) connection.bytesRead++;
      else connection.bytesWritten++;
      clock.tick(1_000);
    }
    expect(connection.isOpen).to.equal(true);
  });

  it('leaves a connection alone while an answer is under way on it', () => {
    const { connection } = makeIdle(1_000);
    connection._httpMessage = {};
    clock.tick(100_000);
    expect(connection.isOpen).to.equal(true);
    connection._httpMessage = null;
    clock.tick(3_000);
    expect(connection.isOpen).to.equal(false);
  });

  it('leaves a connection alone that has another use', () => {
    const { idle, connection } = makeIdle(1_000);
    idle.leave(connection as never);
    clock.tick(100_000);
    expect(connection.isOpen).to.equal(true);
  });

  it('adds no listener and no timer with further requests, and has no timer when nobody is there', () => {
    const { idle, connection } = makeIdle(1_000);
    for (let at = 0; at < 5; at++) idle.watch(connection.request());
    expect([connection.listenerCount('close'), clock.countTimers()]).to.deep.equal([1, 1]);
    connection.destroy();
    expect(clock.countTimers()).to.equal(0);
  });

  it('knows of this Node which response is under way', () => {
    expect(knowsWhoAnswers()).to.equal(true);
  });
});
