import { injectable } from 'tsyringe';
import { Delay } from '../delay.js';

export interface User {
  readonly id: number;
  readonly name: string;
}

/** Users in memory, as slow as a database that is far away. */
@injectable()
export class UserRepository {
  readonly #delay: Delay;
  readonly #users = new Map<number, User>([
    [1, { id: 1, name: 'Cached User A' }],
    [2, { id: 2, name: 'Cached User B' }],
    [3, { id: 3, name: 'Cached User C' }],
  ]);

  constructor(delay: Delay) {
    this.#delay = delay;
  }

  async find(id: number): Promise<User | undefined> {
    await this.#delay.pass();
    return this.#users.get(id);
  }

  /** @returns the user as it is now; undefined when there is none */
  async rename(id: number, name: string): Promise<User | undefined> {
    await this.#delay.pass();
    if (!this.#users.has(id)) return undefined;
    const renamed = { id, name };
    this.#users.set(id, renamed);
    return renamed;
  }
}
