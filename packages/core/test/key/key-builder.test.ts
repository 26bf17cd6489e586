import { expect } from 'chai';
import { EncodeError, InvalidOptionError } from '#src/base/errors.js';
import { buildKey, methodFamily } from '#src/key/key-builder.js';

describe('buildKey', () => {
  it('is family and arguments where nothing else is declared', () => {
    expect(buildKey('user@2', ['42'])).to.equal('user@2("42")');
    expect(buildKey('user@2', ['42'], {})).to.equal('user@2("42")');
  });

  it('adds every dimension of the context, sorted by name', () => {
    const key = 'user@2("42")[tenant="t1",user="u7"]';
    expect(buildKey('user@2', ['42'], { user: 'u7', tenant: 't1' })).to.equal(key);
    expect(buildKey('user@2', ['42'], { tenant: 't1', user: 'u7' })).to.equal(key);
  });

  it('tells dimensions apart by type, and an unknown user from no such dimension', () => {
    const keys = [{ user: '7' }, { user: 7 }, { user: null }, { user: undefined }, {}].map((context) =>
      buildKey('f', [], context),
    );
    expect(new Set(keys).size).to.equal(5);
  });

  it('does not let a value pass for another dimension', () => {
    expect(buildKey('f', [], { a: '1",b="2' })).not.to.equal(buildKey('f', [], { a: '1', b: '2' }));
    expect(buildKey('f', ['x")[user="7"]'])).not.to.equal(buildKey('f', ['x'], { user: '7' }));
  });

  it('begins with the key without context, and so do the keys of no other arguments', () => {
    const bare = buildKey('user', ['4']);
    expect(buildKey('user', ['4'], { tenant: 't1' }).startsWith(bare)).to.equal(true);
    expect(buildKey('user', ['42'], { tenant: 't1' }).startsWith(bare)).to.equal(false);
    expect(buildKey('user', ['4', '2']).startsWith(bare)).to.equal(false);
  });

  it('hashes long contexts and long arguments each on their own', () => {
    const long = 'x'.repeat(2000);
    expect(buildKey('f', [long], { user: 'u7' })).to.match(/^f\(sha256:[\w-]{43}\)\[user="u7"\]$/);
    expect(buildKey('f', ['1'], { user: long })).to.match(/^f\("1"\)\[sha256:[\w-]{43}\]$/);
  });

  it('refuses what it cannot encode, naming the dimension', () => {
    expect(() => buildKey('f', [], { user: { id: () => 1 } }))
      .to.throw(EncodeError)
      .with.property('path', 'context.user.id');
  });

  it('refuses names that would read as another part of the key', () => {
    for (const name of ['', 'a=b', 'a,b', 'a]', 'two words', 'x'.repeat(65)]) {
      expect(() => buildKey('f', [], { [name]: 1 })).to.throw(
        InvalidOptionError,
        'context must have names of 1 to 64 characters',
      );
    }
  });
});

describe('methodFamily', () => {
  it('names class and method', () => {
    expect(methodFamily('UsersController', 'findById')).to.equal('UsersController.findById');
    expect(methodFamily('$Änderung', '#geheim')).to.equal('$Änderung.#geheim');
  });

  it('escapes what is syntax of keys, so that names never meet', () => {
    const names = ['a(b', 'a@2', 'a[b]', 'a b', 'a%b', 'a%28b', 'a"b', 'a\nb', '😀'].map((name) =>
      methodFamily('C', name),
    );
    expect(names.slice(0, 3)).to.deep.equal(['C.a%28b', 'C.a%402', 'C.a%5Bb%5D']);
    expect(new Set(names).size).to.equal(names.length);
    for (const name of names) expect(name).not.to.match(/[()@[\]\s"]/);
  });

  it('names methods under symbols by their description', () => {
    expect(methodFamily('C', Symbol('load'))).to.equal('C.symbol:load');
    expect(methodFamily('C', Symbol())).to.equal('C.symbol:');
  });
});
