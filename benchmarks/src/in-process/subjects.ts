import { bindCache, CacheResponse, createCache, type Cache } from '@cachewarp/core';
import type { User } from './peers.js';

const TTL = '1h';

/** A service whose method is decorated, and the cache it is bound to. */
export function makeService(load: (id: string) => Promise<User>): { service: Service; cache: Cache } {
  const cache = createCache({ memory: { maxBytes: '1gb' } });
  const service = new Service(load);
  bindCache(service, cache);
  return { service, cache };
}

export interface Query {
  readonly team: string;
  readonly page: number;
}

export class Service {
  readonly #load: (id: string) => Promise<User>;

  constructor(load: (id: string) => Promise<User>) {
    this.#load = load;
  }

  @CacheResponse(TTL)
  byId(id: string): Promise<User> {
    return this.#load(id);
  }

  @CacheResponse(TTL, { tags: (user: User) => [`user:${user.id}`, 'users'] })
  tagged(id: string): Promise<User> {
    return this.#load(id);
  }

  @CacheResponse(TTL)
  byFour(team: string, page: number, size: number, isAdmin: boolean): Promise<User> {
    return this.#load(`${team}${page}${size}${String(isAdmin)}`);
  }

  @CacheResponse(TTL)
  byQuery(query: Query): Promise<User> {
    return this.#load(query.team + query.page);
  }
}
