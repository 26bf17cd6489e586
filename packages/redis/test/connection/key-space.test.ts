import { expect } from 'chai';
import fc from 'fast-check';
import { KeySpace } from '#src/connection/key-space.js';

/** What Redis Cluster hashes: what stands in the first braces, unless that is nothing. */
function slotPart(name: string): string {
  const open = name.indexOf('{');
  const close = name.indexOf('}', open + 1);
  return open < 0 || close <= open + 1 ? name : name.slice(open + 1, close);
}

describe('KeySpace', () => {
  it('puts the value and the lease of any key of any cache into one slot', () => {
    fc.assert(
      fc.property(fc.string(), fc.string({ minLength: 1 }), (key, name) => {
        const keys = new KeySpace('prefix', name);
        expect(slotPart(keys.value(key))).to.equal(slotPart(keys.lease(key)));
        expect(slotPart(keys.value(key))).to.match(/^:/);
      }),
    );
  });

  it('puts the parts of the log of a cache into one slot, whatever its name', () => {
    for (const name of ['app', '{}', 'a{b}c', '}', '%7b']) {
      const { log, marks, stream, reserve } = new KeySpace('prefix', name);
      expect(new Set([log, marks, stream, reserve].map(slotPart)).size, name).to.equal(1);
    }
    expect(new KeySpace('p', '{').log).to.not.equal(new KeySpace('p', '%7b').log);
  });

  it('finds the key of a name again', () => {
    const keys = new KeySpace('prefix', 'app');
    for (const key of ['', 'a', '}', '{x}', 'a}b']) expect(keys.keyOf(keys.value(key))).to.equal(key);
  });

  it('takes patterns literally', () => {
    expect(new KeySpace('p', 'a*').pattern('u[s]?')).to.equal('p:a\\*:v{:u\\[s\\]\\?*');
  });
});
