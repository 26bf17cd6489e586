import { expect } from 'chai';
import { DuplicateKeyFamilyError, EncodeError, InvalidOptionError } from '#src/base/errors.js';
import { defineKey, KeyDef, KeyRef } from '#src/key/key-family.js';

let made = 0;
/** A name that no other test has defined. */
const freshName = (): string => `test/family-${made++}`;

describe('defineKey', () => {
  it('makes keys of the name and the encoded parts', () => {
    const name = freshName();
    const family = defineKey(name, (id: string, locale: string) => [id, locale]);
    expect(family.of('42', 'de')).to.include({ key: `${name}("42","de")`, family: name, parent: undefined });
    expect(family).to.include({ name, family: name, version: undefined, prefix: `${name}(` });
  });

  it('makes the version part of every key', () => {
    const name = freshName();
    const family = defineKey(name, (id: number) => [id], { version: 2 });
    expect(family.of(7).key).to.equal(`${name}@2(7)`);
    expect(family).to.include({ family: `${name}@2`, version: 2, prefix: `${name}@2(` });
  });

  it('begins every key with the prefix, and no key of a family whose name is longer', () => {
    const name = freshName();
    const [short, long, versioned] = [
      defineKey(name, (id: string) => [id]),
      defineKey(`${name}s`, (id: string) => [id]),
      defineKey(name, (id: string) => [id], { version: 1 }),
    ];
    expect(short.of('1').key.startsWith(short.prefix)).to.equal(true);
    expect(long.of('1').key.startsWith(short.prefix)).to.equal(false);
    expect(versioned.of('1').key.startsWith(short.prefix)).to.equal(false);
  });

  it('gives references and families that instanceof recognises and nobody can change', () => {
    const family = defineKey(freshName(), () => []);
    const ref = family.of();
    expect(family).to.be.instanceOf(KeyDef);
    expect(ref).to.be.instanceOf(KeyRef);
    expect(Object.isFrozen(family) && Object.isFrozen(ref)).to.equal(true);
  });

  it('passes on to its parts whatever arguments a method has', () => {
    const family = defineKey(freshName(), (...ids: number[]) => ids.toSorted((a, b) => a - b));
    expect(family.of(3, 1, 2).key).to.equal(family.of(1, 2, 3).key);
  });

  it('refuses a second family of the same name and version, and says what to do', () => {
    const name = freshName();
    defineKey(name, () => []);
    expect(() => defineKey(name, () => [])).to.throw(
      DuplicateKeyFamilyError,
      `key family "${name}" is defined twice: define it once and import it where it is needed, or give one of the two another name or version`,
    );
    defineKey(name, () => [], { version: 1 });
    expect(() => defineKey(name, () => [], { version: 1 })).to.throw(DuplicateKeyFamilyError, `"${name}@1"`);
  });

  it('does not take a name that a faulty definition had', () => {
    const name = freshName();
    expect(() => defineKey(name, () => [], { version: 0 })).to.throw(InvalidOptionError);
    defineKey(name, () => []);
  });

  it('takes names of up to 128 of its characters', () => {
    const allowed = 'AZaz09_.:-/';
    expect(defineKey(`${allowed}${'x'.repeat(117)}`, () => []).name).to.have.lengthOf(128);
  });

  for (const name of ['', 'x'.repeat(129), 'user name', 'user(', 'user@2', 'benutzer-ä', 'a\n', 5, undefined]) {
    it(`refuses the name ${JSON.stringify(name)?.slice(0, 20)}`, () => {
      expect(() => defineKey(name as string, () => [])).to.throw(
        InvalidOptionError,
        'name must be 1 to 128 characters of A-Z a-z',
      );
    });
  }

  it('refuses versions that are not whole numbers from 1, unknown options, and parts that are no function', () => {
    for (const version of [0, -1, 1.5, NaN, Infinity, '2', null]) {
      expect(() => defineKey(freshName(), () => [], { version: version as number })).to.throw(
        InvalidOptionError,
        'version must be',
      );
    }
    expect(() => defineKey(freshName(), () => [], { vesion: 2 } as object)).to.throw(
      InvalidOptionError,
      'vesion is not an option',
    );
    expect(() => defineKey(freshName(), () => [], null as never)).to.throw(
      InvalidOptionError,
      'options must be an object',
    );
    expect(() => defineKey(freshName(), 'id' as never)).to.throw(
      InvalidOptionError,
      'parts must be a function, got "id"',
    );
  });

  it('refuses parts that are no list when they are asked for', () => {
    const family = defineKey(freshName(), ((id: string) => id) as never);
    expect(() => family.of()).to.throw(InvalidOptionError, `parts of key family ${family.name} must be a list`);
  });

  it('refuses parts that cannot be encoded', () => {
    const family = defineKey(freshName(), (id: unknown) => ['x', { id }]);
    expect(() => family.of(Symbol('id')))
      .to.throw(EncodeError)
      .with.property('path', 'argument 2.id');
  });

  it('checks the arguments of a key when it compiles', () => {
    const family = defineKey(freshName(), (id: string, page: number) => [id, page]);
    // @ts-expect-error a number is not the id
    expect(family.of(42, 1).key).to.contain('(42,1)');
    // @ts-expect-error the page is missing
    expect(family.of('42').key).to.contain('("42",undefined)');
  });

  it('fits methods with more parameters, and no others', () => {
    type Fits<M extends (...args: never[]) => unknown, KA extends readonly unknown[]> =
      Parameters<M> extends readonly [...KA, ...unknown[]] ? true : false;
    type KeyArguments<K> = K extends KeyDef<infer A> ? A : never;
    const family = defineKey(freshName(), (id: string) => [id]);
    const longer: Fits<(id: string, trace?: string) => void, KeyArguments<typeof family>> = true;
    const other: Fits<(id: number) => void, KeyArguments<typeof family>> = false;
    expect([longer, other]).to.deep.equal([true, false]);
  });
});
