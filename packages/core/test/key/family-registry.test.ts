import { expect } from 'chai';
import { DuplicateKeyFamilyError } from '#src/base/errors.js';
import { FamilyRegistry } from '#src/key/family-registry.js';

describe('FamilyRegistry', () => {
  it('lets the owner claim its name again and again', () => {
    const registry = new FamilyRegistry();
    const owner = {};
    registry.claim('Users.find', owner);
    registry.claim('Users.find', owner);
    registry.claim('Users.list', owner);
  });

  it('refuses another owner, naming the family and the remedy', () => {
    const registry = new FamilyRegistry();
    registry.claim('Users.find', {});
    expect(() => registry.claim('Users.find', {})).to.throw(
      DuplicateKeyFamilyError,
      'key family "Users.find" is defined twice: two methods would share its entries; ' +
        "give one an explicit key: @CacheResponse(ttl, { key: defineKey('…', …) })",
    );
  });

  it('leaves the name with its first owner', () => {
    const registry = new FamilyRegistry();
    const owner = {};
    registry.claim('Users.find', owner);
    expect(() => registry.claim('Users.find', {})).to.throw(DuplicateKeyFamilyError);
    registry.claim('Users.find', owner);
  });

  it('knows nothing of the names of another engine', () => {
    new FamilyRegistry().claim('Users.find', {});
    new FamilyRegistry().claim('Users.find', {});
  });
});
