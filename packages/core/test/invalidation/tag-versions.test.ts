import { expect } from 'chai';
import { LocalInvalidationLog } from '#src/invalidation/local-invalidation-log.js';
import { readTargets, type Targets } from '#src/invalidation/target.js';
import { TagVersions } from '#src/invalidation/tag-versions.js';

function makeVersions() {
  const log = new LocalInvalidationLog();
  const versions = new TagVersions(log.epoch, log.position);
  log.subscribe({ onRecord: (record) => versions.apply(record) });
  const raise = (targets: Targets, soft = false, at = 0): void => {
    log.append({ markers: readTargets(targets), soft, at });
  };
  const judge = (key: string, position: number, tags: string[] = [], parent?: string): string =>
    versions.judge(key, { epoch: log.epoch, position, tags, parent }).word;
  return { versions, log, raise, judge };
}

describe('TagVersions', () => {
  it('judges by the place in the log: older is invalid, younger valid', () => {
    const { raise, judge } = makeVersions();
    raise('k');
    raise('other');
    expect(judge('k', 0)).to.equal('invalid');
    expect(judge('k', 1)).to.equal('valid');
    expect(judge('unnamed', 0)).to.equal('valid');
  });

  it('knows tags, prefixes, the parent key and all', () => {
    const { raise, judge } = makeVersions();
    raise([{ tag: 't' }, { prefix: 'p:' }, 'parent']);
    expect(judge('k', 0, ['t'])).to.equal('invalid');
    expect(judge('p:1', 0)).to.equal('invalid');
    expect(judge('k', 0, [], 'parent')).to.equal('invalid');
    expect(judge('k', 0)).to.equal('valid');
    raise({ all: true });
    expect(judge('k', 1)).to.equal('invalid');
    expect(judge('k', 2)).to.equal('valid');
  });

  it('judges an entry of another log invalid', () => {
    const { versions } = makeVersions();
    const verdict = versions.judge('k', { epoch: 'another', position: 0, tags: [], parent: undefined });
    expect(verdict.word).to.equal('invalid');
  });

  it('answers when an entry was softened, and lets a hard invalidation go before', () => {
    const { raise, versions, log, judge } = makeVersions();
    raise('k', true, 500);
    expect(versions.judge('k', { epoch: log.epoch, position: 0, tags: [], parent: undefined })).to.deep.equal({
      word: 'softened',
      at: 500,
    });
    raise('k');
    expect(judge('k', 0)).to.equal('invalid');
    raise('k', true, 900);
    expect(judge('k', 1)).to.equal('invalid');
    expect(judge('k', 2)).to.equal('softened');
  });

  it('treats what was loaded before a forgotten marker as invalid, never as valid', () => {
    const { raise, judge } = makeVersions();
    raise({ tag: 'first' });
    for (let index = 0; index < 100_000; index++) raise({ tag: `t${index}` });
    expect(judge('k', 0, ['first'])).to.equal('invalid');
    expect(judge('k', 0)).to.equal('invalid');
    expect(judge('k', 100_001, ['first'])).to.equal('valid');
  });
});
