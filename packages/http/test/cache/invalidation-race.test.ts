import { setImmediate as nextTurn } from 'node:timers/promises';
import { EventRecorder } from '@cachewarp/core/testing';
import type { Target } from '@cachewarp/core';
import { expect } from 'chai';
import { BodyDouble, makeRig, textOf, xCache } from './make-http-cache.js';

const KEY = 'GET:http://example.com/a';

/** An origin that streams an old body first, and answers `new` from then on. */
function makeSlowFillRig(vary = false) {
  const old = new BodyDouble();
  const headers = {
    'Cache-Control': 'max-age=600, stale-while-revalidate=600, stale-if-error=600',
    'Surrogate-Key': 'learnt',
    ETag: '"a"',
    ...(vary && { Vary: 'Accept' }),
  };
  const rig = makeRig({
    origin: (_request, _context, call) => (call === 1 ? { headers, body: old } : { headers, body: 'new' }),
  });
  return { ...rig, old };
}

describe('A purge while an answer is coming in', () => {
  const targets: [string, Target][] = [
    ['by key', KEY],
    ['by a tag that only the answer names', { tag: 'learnt' }],
    ['by prefix', { prefix: 'GET:http://example.com/' }],
    ['of everything', { all: true }],
  ];
  for (const [name, target] of targets) {
    for (const vary of [false, true]) {
      it(`${name} sends newcomers to the origin, and the old body is never served again${vary ? ' (with Vary)' : ''}`, async () => {
        const { get, cache, origin, old } = makeSlowFillRig(vary);
        const events = new EventRecorder(cache.events);
        const before = await get('/a');
        old.send('old, first half; ');
        await nextTurn();
        await cache.invalidate(target);
        const after = await get('/a');
        expect([xCache(after), await textOf(after), origin.calls]).to.deep.equal(['MISS', 'new', 2]);
        old.send('second half').end();
        expect(await textOf(before), 'who came before gets his answer').to.equal('old, first half; second half');
        await nextTurn();
        expect(events.of('fenced')).to.have.length(1);
        expect(await textOf(await get('/a'))).to.equal('new');
        expect(origin.calls).to.equal(2);
      });

      it(`${name} holds also where nothing newer was asked for meanwhile${vary ? ' (with Vary)' : ''}`, async () => {
        const { get, cache, old } = makeSlowFillRig(vary);
        const before = await get('/a');
        await cache.invalidate(target);
        old.send('old').end();
        await textOf(before);
        await nextTurn();
        expect(await textOf(await get('/a'))).to.equal('new');
      });
    }
  }

  it('before the head, by a tag that nobody could know, turns newcomers away', async () => {
    const { get, cache, origin } = makeRig();
    const waiting: (() => void)[] = [];
    origin.handler = async (_request, _context, call) => {
      await new Promise<void>((resolve) => waiting.push(resolve));
      return { headers: { 'Cache-Control': 'max-age=600', 'Cache-Tag': 'learnt' }, body: `${call}` };
    };
    const before = get('/a');
    await nextTurn();
    await cache.invalidate({ tag: 'learnt' });
    const after = get('/a');
    await nextTurn();
    expect(origin.calls).to.equal(2);
    waiting[1]!();
    expect(await textOf(await after)).to.equal('2');
    waiting[0]!();
    expect(await textOf(await before)).to.equal('1');
    expect(await textOf(await get('/a'))).to.equal('2');
  });

  it('of another tag lets newcomers share', async () => {
    const { get, cache, origin, old } = makeSlowFillRig();
    const before = await get('/a');
    await cache.invalidate({ tag: 'another' });
    const after = await get('/a');
    old.send('x').end();
    expect([await textOf(before), await textOf(after), origin.calls]).to.deep.equal(['x', 'x', 1]);
    expect(xCache(await get('/a'))).to.equal('HIT');
  });

  it('by a write through the cache holds as well', async () => {
    const { get, origin, old } = makeSlowFillRig();
    const before = await get('/a');
    await get('/a', { method: 'PUT' });
    old.send('old').end();
    await textOf(before);
    expect(await textOf(await get('/a'))).to.equal('new');
    expect(origin.calls).to.equal(3);
  });

  it('while a validation runs: the confirmed answer is not stored', async () => {
    const { get, cache, clock, origin } = makeRig({
      origin: () => ({ headers: { 'Cache-Control': 'max-age=1', ETag: '"a"' }, body: 'old' }),
    });
    await get('/a');
    clock.advance(2_000);
    let confirm: () => void = () => undefined;
    origin.handler = async (_request, _context, call) => {
      if (call > 2) return { headers: { 'Cache-Control': 'max-age=600' }, body: 'new' };
      await new Promise<void>((resolve) => (confirm = resolve));
      return { status: 304, headers: { 'Cache-Control': 'max-age=600', ETag: '"a"' }, body: null };
    };
    const before = get('/a');
    await nextTurn();
    await cache.invalidate(KEY);
    confirm();
    await before;
    expect(await textOf(await get('/a'))).to.equal('new');
  });

  it('while a validation runs that fails: the failure is passed on, nothing stands in', async () => {
    const { get, cache, clock, origin } = makeRig({
      origin: () => ({ headers: { 'Cache-Control': 'max-age=1, stale-if-error=600' }, body: 'old' }),
    });
    await get('/a');
    clock.advance(2_000);
    let answer: () => void = () => undefined;
    origin.handler = async () => {
      await new Promise<void>((resolve) => (answer = resolve));
      return { status: 503, body: 'failure' };
    };
    const before = get('/a');
    await nextTurn();
    await cache.invalidate(KEY);
    answer();
    const { status } = await before;
    expect(status).to.equal(503);
  });

  it('that is soft leaves the answer stale from the start', async () => {
    const { get, cache, clock, old } = makeSlowFillRig();
    const before = await get('/a');
    clock.advance(1_000);
    await cache.expire(KEY);
    old.send('old').end();
    await textOf(before);
    const after = await get('/a');
    expect(xCache(after)).to.equal('STALE');
    await cache.parts.background.drain();
    expect(await textOf(await get('/a'))).to.equal('new');
  });
});
