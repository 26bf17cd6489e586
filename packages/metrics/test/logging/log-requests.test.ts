import { InvalidOptionError, type AnsweredRequest } from '@cachewarp/core';
import { expect } from 'chai';
import { logRequests, type LogLevel, type RequestLogger } from '#src/logging/log-requests.js';

const ORDER: readonly LogLevel[] = ['debug', 'info', 'warn', 'error'];

/** A logger that keeps its lines. */
function makeLogger(level: LogLevel): { logger: RequestLogger; lines: [LogLevel, Record<string, unknown>][] } {
  const lines: [LogLevel, Record<string, unknown>][] = [];
  const write = (of: LogLevel) => (line: object) => void lines.push([of, line as Record<string, unknown>]);
  const logger = {
    debug: write('debug'),
    info: write('info'),
    warn: write('warn'),
    error: write('error'),
    isLevelEnabled: (of: LogLevel) => ORDER.indexOf(of) >= ORDER.indexOf(level),
  };
  return { logger, lines };
}

function request(changes: Partial<AnsweredRequest> = {}): AnsweredRequest {
  return {
    method: 'GET',
    authority: 'example.com',
    target: '/users/1',
    client: '127.0.0.1',
    requestId: 'r-1',
    route: 'users',
    word: 'miss',
    reason: 'cold',
    status: 200,
    bytes: 5,
    durationMs: 1.23456,
    fault: undefined,
    ...changes,
  };
}

describe('logRequests', () => {
  it('writes what was asked, how it was answered and why', () => {
    const { logger, lines } = makeLogger('info');
    logRequests(logger).answered(request());
    expect(lines).to.deep.equal([
      [
        'info',
        {
          requestId: 'r-1',
          method: 'GET',
          host: 'example.com',
          target: '/users/1',
          route: 'users',
          decision: 'miss',
          reason: 'cold',
          status: 200,
          bytes: 5,
          durationMs: 1.235,
          client: '127.0.0.1',
          fault: undefined,
        },
      ],
    ]);
  });

  it('writes fresh hits at debug, faults at warn, failures at error, everything else at info', () => {
    const { logger, lines } = makeLogger('debug');
    const log = logRequests(logger);
    log.answered(request({ word: 'hit', reason: undefined }));
    log.answered(request({ word: 'stale', reason: undefined }));
    log.answered(request({ word: 'error', status: 0, fault: 'AbortError' }));
    log.answered(request({ word: 'error', status: 502, fault: 'ERR_CACHEWARP_ORIGIN' }));
    log.answered(request({ word: 'hit', status: 500 }));
    expect(lines.map(([level]) => level)).to.deep.equal(['debug', 'info', 'warn', 'error', 'error']);
  });

  it('does not ask for hits where nobody would see them', () => {
    const { logger, lines } = makeLogger('info');
    const log = logRequests(logger);
    expect(log.wantsHits).to.equal(false);
    log.answered(request({ word: 'hit' }));
    expect(lines).to.deep.equal([]);
    expect(logRequests(makeLogger('debug').logger).wantsHits).to.equal(true);
  });

  it('writes no secrets and no control characters, whatever the client sent', () => {
    const { logger, lines } = makeLogger('info');
    logRequests(logger).answered(
      request({ target: '/a\n{"level":"error"}?token=s3cr3t', authority: 'a\u001B[0m', method: 'G\rET' }),
    );
    expect(lines[0]![1]).to.include({
      target: '/a%0A{"level":"error"}?token=[redacted]',
      host: 'a%1B[0m',
      method: 'G%0DET',
    });
  });

  it('refuses what is no logger', () => {
    expect(() => logRequests({ info: () => undefined } as never)).to.throw(InvalidOptionError, 'logger.error');
  });
});
