import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { gzipSync } from 'node:zlib';
import { rejects } from 'node:assert/strict';
import { expect } from 'chai';
import { MAX_LINE_LENGTH } from '#src/simulate/log/line-splitter.js';
import type { LogRequest } from '#src/simulate/log/log-request.js';
import { MalformedLines } from '#src/simulate/log/malformed-lines.js';
import { mergeLogs } from '#src/simulate/log/merge-logs.js';
import { openLog } from '#src/simulate/log/open-log.js';
import { readLog } from '#src/simulate/log/read-log.js';
import { makeDirectory } from '../../support/make-directory.js';

describe('reading logs', () => {
  const directory = makeDirectory();
  after(() => directory.remove());

  function write(name: string, content: string | Buffer): string {
    writeFileSync(join(directory.path, name), content);
    return name;
  }

  function line(second: number, target: string): string {
    return `- - - [05/Jan/2026:12:00:${String(second).padStart(2, '0')} +0000] "GET ${target} HTTP/1.1" 200 1`;
  }

  async function read(
    names: readonly string[],
    input?: Readable,
  ): Promise<{ targets: string[]; malformed: MalformedLines; readBytes: number }> {
    const malformed = new MalformedLines();
    const requests: LogRequest[] = [];
    let readBytes = 0;
    const logs = names.map((name) =>
      readLog(openLog(name, directory.path, input), malformed, (bytes) => void (readBytes += bytes)),
    );
    for await (const batch of mergeLogs(logs)) requests.push(...batch);
    return { targets: requests.map(({ target }) => target), malformed, readBytes };
  }

  it('reads a file to its last line, which no newline need end, and passes over comments, empty lines and carriage returns', async () => {
    const name = write('plain.log', `# a comment\n${line(1, '/a')}\r\n\n${line(2, '/ü')}`);
    const { targets, malformed, readBytes } = await read([name]);
    expect(targets).to.deep.equal(['/a', '/ü']);
    expect(malformed.count).to.equal(0);
    expect(readBytes).to.be.above(100);
  });

  it('knows gzip by its content, also in several members', async () => {
    const packed = Buffer.concat([gzipSync(`${line(1, '/a')}\n`), gzipSync(`${line(2, '/b')}\n`)]);
    expect((await read([write('packed.log', packed)])).targets).to.deep.equal(['/a', '/b']);
  });

  it('reads standard input, whose chunks may be single bytes of a packed log', async () => {
    const bytes = [...gzipSync(`${line(1, '/a')}\n${line(2, '/b')}\n`)].map((byte) => Buffer.from([byte]));
    expect((await read(['-'], Readable.from(bytes))).targets).to.deep.equal(['/a', '/b']);
  });

  it('merges several files by time, in whatever order they are named', async () => {
    const later = write('later.log', [line(3, '/c'), line(5, '/e')].join('\n'));
    const earlier = write('earlier.log', [line(1, '/a'), line(4, '/d')].join('\n'));
    const none = write('none.log', '');
    expect((await read([later, none, earlier])).targets).to.deep.equal(['/a', '/c', '/d', '/e']);
  });

  it('counts lines that are no requests, and keeps the first few with their numbers', async () => {
    const broken = Array.from({ length: 8 }, (_, index) => `broken ${index}`);
    const { targets, malformed } = await read([
      write('broken.log', [line(1, '/a'), ...broken, line(2, '/b')].join('\n')),
    ]);
    expect(targets).to.deep.equal(['/a', '/b']);
    expect(malformed.count).to.equal(8);
    expect(malformed.first).to.have.length(5);
    expect(malformed.first[0]).to.deep.equal({
      file: 'broken.log',
      line: 2,
      fault: 'no time in brackets',
      text: 'broken 0',
    });
  });

  it('counts a line that is too long once, without keeping it in memory, and goes on behind it', async () => {
    const { targets, malformed } = await read([
      write('long.log', `${line(1, '/a')}\n${'x'.repeat(3_000_000)}\n${line(2, '/b')}\n`),
    ]);
    expect(targets).to.deep.equal(['/a', '/b']);
    expect(malformed.first.map(({ line: number, fault }) => [number, fault])).to.deep.equal([
      [2, `longer than ${MAX_LINE_LENGTH} characters`],
    ]);
  });

  it('says in one line why a log cannot be read', async () => {
    const damaged = Buffer.from(gzipSync(`${line(1, '/a')}\n`.repeat(1000)));
    damaged[40]! ^= 0xff;
    await rejects(read(['absent.log']), /^CommandError: cannot read absent.log: there is no such file$/);
    await rejects(read(['.']), /cannot read .: it is a directory/);
    await rejects(read([write('damaged.gz', damaged)]), /cannot read damaged.gz: its gzip data is damaged/);
    await rejects(
      read([write('short.gz', gzipSync(line(1, '/a')).subarray(0, 20))]),
      /cannot read short.gz: its gzip data ends too early/,
    );
  });
});
