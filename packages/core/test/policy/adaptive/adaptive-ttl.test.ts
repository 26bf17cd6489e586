import { expect } from 'chai';
import fc from 'fast-check';
import { AdaptiveTtl, type Contact } from '#src/policy/adaptive/adaptive-ttl.js';
import { resolveAdaptive, type AdaptiveOptions } from '#src/policy/adaptive/adaptive-options.js';

/** A rule without chance, and one object that is looked at again and again. Times in s. */
function makeObject(options: AdaptiveOptions = {}, contentType = '', random: () => number = () => 0) {
  const rule = new AdaptiveTtl({ random });
  const settings = resolveAdaptive(options);
  let at = 1_000_000;
  let version = 0;
  const contact = (changes: Partial<Contact> = {}) =>
    rule.contact({
      key: 'a',
      ruleName: 'r',
      settings,
      contentType,
      at: at * 1000,
      content: String(version),
      hits: 0,
      lastModifiedAt: undefined,
      loadMs: 10,
      ...changes,
    });
  return {
    rule,
    contact,
    /** Looks again after a gap. */
    look: (gapS: number, hasChanged: boolean, changes: Partial<Contact> = {}) => {
      at += gapS;
      if (hasChanged) version++;
      return contact(changes);
    },
    report: () => rule.report('a', at * 1000)!,
    now: () => at * 1000,
  };
}

describe('AdaptiveTtl', () => {
  it('begins with what one change an hour and one request a minute make best', () => {
    // (√(1 + 2 · (1/60) · 3600 / 5) − 1) · 60 = 240 s.
    const { contact, report } = makeObject();
    expect(contact()).to.deep.equal({ word: 'keep', ttlMs: 240_000 });
    expect(report()).to.deep.include({
      class: 'r',
      staleBudget: 0.02,
      changes: 0,
      watchedSeconds: 0,
      price: 5,
      pressure: 1,
      minSeconds: 1,
      maxSeconds: 3600,
      ttlSeconds: 240,
      isShadow: false,
      passesUntil: undefined,
    });
  });

  it('spreads ttls by up to a tenth', () => {
    const { contact } = makeObject({}, '', () => 0.5);
    expect(contact().ttlMs).to.be.closeTo(240_000 * 0.95, 1e-6);
  });

  it('takes the age that Last-Modified tells for evidence once, and then no more', () => {
    const told = makeObject();
    told.contact({ lastModifiedAt: told.now() - 7200_000 });
    expect(told.report()).to.include({ changes: 1, watchedSeconds: 7200 });
    told.look(100, false, { lastModifiedAt: told.now() });
    expect(told.report()).to.include({ changes: 1, watchedSeconds: 7300 });
  });

  it('keeps what does not change for longer at each look, and what changes for less', () => {
    const quiet = makeObject();
    const busy = makeObject();
    let last = [quiet.contact().ttlMs, busy.contact().ttlMs] as const;
    for (let time = 0; time < 5; time++) {
      const next = [quiet.look(300, false).ttlMs, busy.look(300, true).ttlMs] as const;
      expect(next[0]).to.be.above(last[0]);
      expect(next[1]).to.be.below(last[1]);
      last = next;
    }
  });

  it('counts a confirmed content (304) as unchanged', () => {
    const { contact, look, report } = makeObject();
    contact();
    look(100, true, { content: 'same' });
    expect(report()).to.include({ changes: 0, watchedSeconds: 100 });
  });

  it('learns nothing from a content that cannot be compared', () => {
    const { contact, look, report } = makeObject();
    contact();
    look(100, false, { content: undefined });
    expect(report()).to.include({ changes: 0, watchedSeconds: 0 });
  });

  it('counts a purge as a change, even where the content came back as it was', () => {
    const { rule, contact, look, report } = makeObject();
    contact();
    rule.noteDrop('a', 3, true);
    look(100, false);
    expect(report().changes).to.be.at.least(1);
    look(100, false);
    expect(report().changes).to.be.below(1.1);
  });

  it('counts the answers of what was dropped', () => {
    const { rule, contact, look, report } = makeObject();
    contact();
    rule.noteDrop('a', 7, false);
    look(100, false, { hits: 2 });
    // (7 + 2 + 1 + 0.5) requests, in 100 s and those of the class, which has seen as many.
    const r0 = (10 + 1) / (100 + 60);
    expect(report().requestRate).to.be.closeTo(10.5 / (100 + 0.5 / r0), 1e-9);
  });

  it('keeps what is not known yet as what is known of its class', () => {
    const { rule, contact, look } = makeObject();
    contact();
    for (let time = 0; time < 200; time++) look(10, true);
    const stranger = { key: 'b', content: 'x' };
    const alike = rule.contact({ ...base(), ...stranger }).ttlMs;
    const other = rule.contact({ ...base(), ...stranger, key: 'c', ruleName: 'another' }).ttlMs;
    const otherType = rule.contact({ ...base(), ...stranger, key: 'd', contentType: 'text/plain' }).ttlMs;
    expect(alike).to.be.below(20_000);
    expect([other, otherType]).to.deep.equal([240_000, 240_000]);
  });

  it('forgets the objects that were not asked about for longest', () => {
    const rule = new AdaptiveTtl({ random: () => 0, maxObjects: 2 });
    for (const key of ['a', 'b', 'c']) rule.contact({ ...base(), key });
    expect(rule.report('a', 0)).to.equal(undefined);
    expect([rule.report('b', 0), rule.report('c', 0)]).to.not.include(undefined);
  });

  it('keeps bounds of the options, and of the content type where there are none', () => {
    const slow = makeObject({ min: '10m', max: '20m' });
    expect(slow.contact().ttlMs).to.equal(600_000);
    const fast = makeObject({ max: '5s' });
    expect(fast.contact().ttlMs).to.equal(5000);
    const asset = makeObject({}, 'text/css');
    asset.contact();
    expect(asset.report()).to.include({ minSeconds: 60, maxSeconds: 604_800 });
    // One bound alone moves the other where they would cross.
    const tiny = makeObject({ max: '500ms' });
    expect(tiny.contact().ttlMs).to.equal(500);
  });

  describe('with an object that changes at every look', () => {
    function restless(options: AdaptiveOptions = { min: '10s' }) {
      const object = makeObject(options);
      object.contact();
      // Until its ttl is the least there is.
      for (let time = 0; object.report().ttlSeconds > 10; time++) object.look(1, true);
      return object;
    }

    it('passes it after five changes in a row at the minimum, for ten times the minimum', () => {
      const { look, report, now } = restless();
      const words = Array.from({ length: 5 }, () => look(1, true).word);
      expect(words).to.deep.equal(['keep', 'keep', 'keep', 'keep', 'pass']);
      expect(report().passesUntil).to.equal(now() + 100_000);
      expect(look(99, true)).to.deep.equal({ word: 'pass', ttlMs: 0 });
      expect(look(1, true).word).to.equal('keep');
      expect(report().passesUntil).to.equal(undefined);
    });

    it('keeps it when it was unchanged once in between', () => {
      const { look } = restless();
      for (let time = 0; time < 4; time++) look(1, true);
      expect(look(1, false).word).to.equal('keep');
      expect(look(1, true).word).to.equal('keep');
    });

    it('gives it five chances anew after the while', () => {
      const { look } = restless();
      for (let time = 0; time < 5; time++) look(1, true);
      look(100, true);
      const words = Array.from({ length: 5 }, () => look(1, true).word);
      expect(words.slice(0, 4)).to.deep.equal(['keep', 'keep', 'keep', 'keep']);
      expect(words[4]).to.equal('pass');
    });

    it('takes the drop of what it gave up for no purge', () => {
      const { rule, look, report } = restless();
      for (let time = 0; time < 5; time++) look(1, true);
      const before = report().changes;
      rule.noteDrop('a', 5, true);
      look(1, false);
      expect(report().changes).to.be.at.most(before);
    });
  });

  it('advises in shadow mode, passes nothing and leaves the price alone', () => {
    const { contact, look, report } = makeObject({ shadow: true, min: '10s' });
    contact();
    for (let time = 0; time < 1200; time++) expect(look(1, true, { hits: 9 }).word).to.equal('keep');
    expect(report()).to.include({ isShadow: true, price: 5, ttlSeconds: 10 });
    expect(report().staleShare).to.be.above(0.02);
  });

  it('raises the price where too much is outdated, and every ttl gets shorter', () => {
    const { contact, look, report } = makeObject({ min: '1ms' });
    contact();
    for (let time = 0; time < 1100; time++) look(60, true, { hits: 100 });
    expect(report().price).to.be.above(5);
    expect(report().staleShare).to.be.above(0.02);
  });

  it('lets outdated answers cost less while the origin is slow, where the rule heeds that', () => {
    const heeding = makeObject({ pressure: true });
    const other = makeObject();
    for (const { contact, look } of [heeding, other]) {
      contact();
      for (let time = 0; time < 150; time++) look(60, false, { loadMs: 10 });
      for (let time = 0; time < 60; time++) look(60, false, { loadMs: 1000 });
    }
    expect(heeding.report()).to.include({ pressure: 4, price: 5 / 4 });
    expect(other.report()).to.include({ pressure: 1, price: 5 });
    expect(heeding.report().ttlSeconds).to.be.above(other.report().ttlSeconds);
  });

  it('cuts a ttl short now and then, so that the next hit is fetched anew', () => {
    const draws = [0, 0.99, 0.25];
    const { contact, report } = makeObject({}, '', () => draws.shift() ?? 0);
    // The spread, the choice of one in fifty, and the point.
    expect(contact().ttlMs).to.equal(60_000);
    expect(report().ttlSeconds).to.equal(240);
  });

  it('does not learn from a clock that went backwards', () => {
    const { contact, look, report } = makeObject();
    contact();
    look(-500, true);
    expect(report()).to.include({ changes: 0, watchedSeconds: 0 });
  });

  it('stays within its bounds and finite, whatever it sees', () => {
    const aLook = fc.record({
      gapS: fc.oneof(
        fc.constant(0),
        fc.double({ min: 0, max: 1e8, noNaN: true }),
        fc.double({ min: 0, max: 10, noNaN: true }),
      ),
      hits: fc.oneof(fc.nat(10), fc.nat(1e9)),
      hasChanged: fc.boolean(),
      isPurged: fc.boolean(),
      draw: fc.double({ min: 0, max: 0.999, noNaN: true }),
    });
    fc.assert(
      fc.property(fc.array(aLook, { maxLength: 60 }), fc.constantFrom(0.001, 0.02, 0.5), (looks, staleBudget) => {
        let draw = 0;
        const { rule, contact, look, report } = makeObject({ staleBudget, min: '2s', max: '1h' }, '', () => draw);
        contact();
        for (const { gapS, hits, hasChanged, isPurged, ...one } of looks) {
          draw = one.draw;
          if (isPurged) rule.noteDrop('a', hits, true);
          const { word, ttlMs } = look(gapS, hasChanged, { hits });
          if (word === 'keep') expect(ttlMs).to.be.within(2000, 3_600_000);
          const { changeRate, requestRate, price } = report();
          for (const figure of [changeRate, requestRate, price]) expect(figure).to.be.above(0).and.to.be.finite;
        }
      }),
    );
  });
});

function base(): Contact {
  return {
    key: 'b',
    ruleName: 'r',
    settings: resolveAdaptive({}),
    contentType: '',
    at: 2_000_000_000,
    content: 'x',
    hits: 0,
    lastModifiedAt: undefined,
    loadMs: 0,
  };
}
