import type { AnsweredRequest } from '@cachewarp/core';
import { expect } from 'chai';
import { makeRequestLog, type LogSetting } from '#src/logging/request-logger.js';

const REQUEST: AnsweredRequest = {
  method: 'GET',
  authority: 'example.com',
  target: '/users/1?token=s3cr3t\u001B[2J',
  client: '127.0.0.1',
  requestId: 'r-1',
  route: 'default',
  word: 'miss',
  reason: 'cold',
  status: 200,
  bytes: 5,
  durationMs: 12.3,
  fault: undefined,
};

describe('the request log of the command line', () => {
  function linesOf(level: LogSetting, requests: readonly AnsweredRequest[], isTTY = false): string[] {
    const lines: string[] = [];
    const log = makeRequestLog(level, { write: (line: string) => void lines.push(line), isTTY });
    for (const request of requests) log?.answered(request);
    return lines;
  }

  it('is one line of JSON for each request', () => {
    const [line, ...others] = linesOf('info', [REQUEST]);
    expect(others).to.deep.equal([]);
    const { time, ...rest } = JSON.parse(line!) as Record<string, unknown>;
    expect(time).to.match(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    expect(rest).to.deep.equal({
      level: 'info',
      requestId: 'r-1',
      method: 'GET',
      host: 'example.com',
      target: '/users/1?token=[redacted]',
      route: 'default',
      decision: 'miss',
      reason: 'cold',
      status: 200,
      bytes: 5,
      durationMs: 12.3,
      client: '127.0.0.1',
      message: 'request',
    });
  });

  it('holds no secret and no control character but the one that ends the line', () => {
    const requests = [REQUEST, { ...REQUEST, target: '/a\nb?x=1', method: 'GE\u0000T', status: 502, fault: 'E\n' }];
    for (const isTTY of [false, true]) {
      for (const line of linesOf('debug', requests, isTTY)) {
        // oxlint-disable-next-line no-control-regex -- colours of a terminal are ours
        const text = line.replaceAll(/\u001B\[\d+m/g, '');
        // oxlint-disable-next-line no-control-regex -- they are what it is about
        expect(text).to.match(/^[^\u0000-\u001F\u007F]+\n$/);
        expect(text).to.not.include('s3cr3t');
      }
    }
  });

  it('writes from its level on, and nothing when silent', () => {
    const hit = { ...REQUEST, word: 'hit', reason: undefined } as const;
    const broken = { ...REQUEST, word: 'error', status: 502 } as const;
    const counts = (level: LogSetting): number => linesOf(level, [hit, REQUEST, broken]).length;
    expect([counts('debug'), counts('info'), counts('error'), counts('silent')]).to.deep.equal([3, 2, 1, 0]);
  });

  it('writes for people only where one reads along', () => {
    const [line] = linesOf('info', [REQUEST], true);
    // oxlint-disable-next-line no-control-regex -- colours
    expect(line!.replaceAll(/\u001B\[\d+m/g, '')).to.match(
      /^\d\d:\d\d:\d\d\.\d{3} MISS {8}cold 200 GET \/users\/1\?token=\[redacted\] 12\.3 ms r-1\n$/,
    );
  });
});
