import { DuplicateKeyFamilyError } from '../base/errors.js';

/** Which method, of one engine, keeps its results under which family. Two methods under one name would mix their entries. */
export class FamilyRegistry {
  readonly #owners = new Map<string, object>();

  /**
   * Gives `name` to `owner`, or sees that it has it already.
   * @throws DuplicateKeyFamilyError when somebody else owns the name: two classes of one name, perhaps by a minifier
   */
  claim(name: string, owner: object): void {
    const holder = this.#owners.get(name);
    if (holder === owner) return;
    if (holder !== undefined) {
      throw new DuplicateKeyFamilyError(
        name,
        "two methods would share its entries; give one an explicit key: @CacheResponse(ttl, { key: defineKey('…', …) })",
      );
    }
    this.#owners.set(name, owner);
  }
}
