import { rejects } from 'node:assert/strict';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { FakeClock } from '@cachewarp/core/testing';
import { expect } from 'chai';
import { ByteBudget } from '#src/cache/byte-budget.js';
import { BodySink, type BodyBounds } from '#src/cache/body-sink.js';
import { OriginError } from '#src/cache/origin-error.js';
import { BodyDouble } from './make-http-cache.js';

function makeSink(bounds: Partial<BodyBounds> = {}) {
  const clock = new FakeClock();
  let deserted = 0;
  const sink = new BodySink(
    clock,
    { maxBytes: 1000, windowBytes: 100, stallMs: 10_000, length: undefined, pending: new ByteBudget(1e9), ...bounds },
    () => void deserted++,
  );
  const kept: Uint8Array[] = [];
  const pump = (source: AsyncIterable<Uint8Array>): Promise<boolean> =>
    sink.pump(source, (whole) => void kept.push(whole));
  return { sink, clock, pump, kept, body: new BodyDouble(), deserted: () => deserted };
}

async function readAll(reader: AsyncIterable<Uint8Array> | undefined): Promise<string> {
  let text = '';
  for await (const piece of reader!) text += Buffer.from(piece).toString();
  return text;
}

const isIncomplete = (error: unknown): boolean => error instanceof OriginError && error.failure === 'incomplete';

describe('BodySink', () => {
  it('gives every reader the whole body, whenever he comes', async () => {
    const { sink, pump, kept, body } = makeSink();
    const early = readAll(sink.attach());
    const pumped = pump(body);
    body.send('ab', 'cd');
    await nextTurn();
    const middle = readAll(sink.attach());
    body.send('ef').end();
    expect(await pumped).to.equal(true);
    expect(Buffer.from(kept[0]!).toString()).to.equal('abcdef');
    const late = readAll(sink.attach());
    expect(await Promise.all([early, middle, late])).to.deep.equal(['abcdef', 'abcdef', 'abcdef']);
  });

  it('keeps the body in a buffer of exactly its length', async () => {
    const { pump, kept, body } = makeSink();
    body.send('abc').end();
    await pump(body);
    expect(kept[0]!.buffer.byteLength).to.equal(3);
  });

  it('does not keep a large buffer alive for a small piece of it', async () => {
    const { sink, pump } = makeSink();
    const large = new Uint8Array(1_000_000);
    const reader = sink.attach()!;
    void pump(
      (async function* () {
        yield large.subarray(0, 4);
        await nextTurn();
      })(),
    );
    const { value } = await reader.next();
    expect(value!.buffer.byteLength).to.equal(4);
  });

  it('reads the origin to its end though a reader reads nothing, up to the bound', async () => {
    const { sink, pump, kept, body } = makeSink();
    sink.attach();
    body.send('x'.repeat(400), 'x'.repeat(400)).end();
    await pump(body);
    expect(kept[0]!.length).to.equal(800);
  });

  it('delivers what came, then the error, when the origin breaks off', async () => {
    const { sink, pump, body } = makeSink();
    const reader = sink.attach()!;
    const pumped = pump(body);
    body.send('ab').breakOff();
    await rejects(pumped, isIncomplete);
    expect(Buffer.from((await reader.next()).value).toString()).to.equal('ab');
    await rejects(reader.next(), isIncomplete);
    expect(await reader.next()).to.deep.equal({ done: true, value: undefined });
    expect(sink.attach()).to.equal(undefined);
  });

  it('takes a body that is shorter or longer than announced for incomplete', async () => {
    const short = makeSink({ length: 5 });
    short.body.send('abc').end();
    await rejects(short.pump(short.body), /announced 5 bytes and sent only 3/);
    const long = makeSink({ length: 5 });
    long.body.send('abc', 'def');
    await rejects(long.pump(long.body), /announced 5 bytes and sent more/);
    expect(long.body.isCalledOff).to.equal(true);
  });

  it('lets a reader go at once, also while he waits', async () => {
    const { sink, pump, body } = makeSink();
    const reader = sink.attach()!;
    void pump(body);
    const waiting = reader.next();
    await reader.return!();
    expect(await waiting).to.deep.equal({ done: true, value: undefined });
  });

  it('ends the reader of a client that left', async () => {
    const { sink, pump, body } = makeSink();
    const client = new AbortController();
    const reader = sink.attach(client.signal)!;
    void pump(body);
    const waiting = reader.next();
    client.abort();
    await rejects(waiting, isIncomplete);
  });

  describe('beyond the bound', () => {
    it('keeps nothing, admits nobody, and goes on for those who read', async () => {
      const { sink, pump, body } = makeSink({ maxBytes: 10 });
      const all = readAll(sink.attach());
      const pumped = pump(body);
      body.send('x'.repeat(8), 'y'.repeat(8));
      await nextTurn();
      expect(sink.isWhole).to.equal(false);
      expect(sink.attach()).to.equal(undefined);
      body.send('z').end();
      expect(await pumped).to.equal(false);
      expect(await all).to.equal(`${'x'.repeat(8)}${'y'.repeat(8)}z`);
    });

    it('makes the origin wait while the slowest reader is a window behind', async () => {
      const { sink, pump, body } = makeSink({ maxBytes: 10, windowBytes: 20 });
      const reader = sink.attach()!;
      void pump(body);
      for (let piece = 0; piece < 10; piece++) body.send('x'.repeat(10));
      await nextTurn();
      expect(body.taken).to.equal(3);
      await reader.next();
      await nextTurn();
      expect(body.taken).to.equal(4);
    });

    it('calls the origin off when the last reader leaves', async () => {
      const { sink, pump, body, deserted } = makeSink({ maxBytes: 10 });
      const reader = sink.attach()!;
      const pumped = pump(body);
      body.send('x'.repeat(20));
      await nextTurn();
      await reader.return!();
      expect(deserted()).to.equal(1);
      body.send('more');
      expect(await pumped).to.equal(false);
      expect(body.isCalledOff).to.equal(true);
    });

    it('cuts off a reader that takes nothing while another waits for him', async () => {
      const { sink, pump, body, clock } = makeSink({ maxBytes: 10, windowBytes: 20, stallMs: 5_000 });
      const slow = sink.attach()!;
      const fast = readAll(sink.attach());
      const pumped = pump(body);
      for (let piece = 0; piece < 5; piece++) body.send('x'.repeat(10));
      body.end();
      await clock.advanceAsync(5_000);
      expect((await fast).length).to.equal(50);
      await pumped;
      await rejects(slow.next(), (error: OriginError) => error.failure === 'timeout');
    });

    it('waits for a lone reader as long as he stays', async () => {
      const { sink, pump, body, clock } = makeSink({ maxBytes: 10, windowBytes: 20, stallMs: 5_000 });
      const reader = sink.attach()!;
      void pump(body);
      for (let piece = 0; piece < 5; piece++) body.send('x'.repeat(10));
      body.end();
      await clock.advanceAsync(60_000);
      expect((await readAll(reader)).length).to.equal(50);
    });

    it('spares a slow reader that makes some progress', async () => {
      const { sink, pump, body, clock } = makeSink({ maxBytes: 10, windowBytes: 20, stallMs: 5_000 });
      const slow = sink.attach()!;
      const fast = readAll(sink.attach());
      void pump(body);
      for (let piece = 0; piece < 5; piece++) body.send('x'.repeat(10));
      body.end();
      for (let piece = 0; piece < 5; piece++) {
        await clock.advanceAsync(4_000);
        expect((await slow.next()).value).to.have.length(10);
      }
      expect(await fast).to.have.length(50);
    });
  });

  it('keeps nothing where all bodies together have no room left, and gives its room back at the end', async () => {
    const pending = new ByteBudget(100);
    const first = makeSink({ pending });
    first.sink.attach();
    void first.pump(first.body);
    first.body.send('x'.repeat(60));
    await nextTurn();
    const second = makeSink({ pending });
    const text = readAll(second.sink.attach());
    const pumped = second.pump(second.body);
    second.body.send('y'.repeat(30), 'y'.repeat(30)).end();
    expect(await pumped).to.equal(false);
    expect(await text).to.have.length(60);
    first.body.breakOff();
    await nextTurn();
    expect(pending.take(100), 'all of it is free again').to.equal(true);
  });

  it('gives its room back as soon as it keeps nothing any more, though it goes on for long', async () => {
    const pending = new ByteBudget(100);
    const { sink, pump, body } = makeSink({ pending, maxBytes: 50 });
    const reader = sink.attach()!;
    void pump(body);
    body.send('x'.repeat(40), 'x'.repeat(40));
    await reader.next();
    await nextTurn();
    expect(sink.isWhole).to.equal(false);
    expect(pending.take(100)).to.equal(true);
  });

  it('counts tiny pieces for more than their bytes, so that an origin that drips does not fill the memory', async () => {
    const { sink, pump, body } = makeSink({ maxBytes: 1_000_000 });
    sink.attach();
    void pump(body);
    for (let piece = 0; piece < 4_000; piece++) body.send('x');
    await nextTurn();
    expect(sink.isWhole).to.equal(false);
  });
});
