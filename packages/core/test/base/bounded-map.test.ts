import { expect } from 'chai';
import { BoundedMap } from '#src/base/bounded-map.js';

describe('BoundedMap', () => {
  it('forgets the oldest beyond its capacity; what is set again is the youngest', () => {
    const map = new BoundedMap<number>(2);
    map.set('a', 1);
    map.set('b', 2);
    map.set('a', 3);
    map.set('c', 4);
    expect([map.get('a'), map.get('b'), map.get('c')]).to.deep.equal([3, undefined, 4]);
  });

  it('remembers as many of the last keys as its capacity, and no more than twice as many', () => {
    const map = new BoundedMap<number>(10);
    for (let at = 0; at < 1000; at++) {
      map.set(`key ${at}`, at);
      const known = Array.from({ length: at + 1 }, (_, index) => index).filter(
        (index) => map.get(`key ${index}`) === index,
      );
      expect(known.length).to.be.within(Math.min(at + 1, 10), 20);
      expect(known.at(0)).to.equal(at + 1 - known.length);
    }
  });

  it('has nothing of a key that was deleted, in whichever generation it stood', () => {
    const map = new BoundedMap<number>(2);
    map.set('a', 1);
    map.set('b', 2);
    map.set('a', 3);
    map.delete('a');
    map.delete('b');
    expect([map.get('a'), map.get('b')]).to.deep.equal([undefined, undefined]);
  });
});
