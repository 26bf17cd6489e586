import 'reflect-metadata';
import type { InjectionToken } from 'tsyringe';
import type { Cache } from '../engine/cache.js';

/**
 * The token under which a container holds its {@link Cache}: `@inject(CACHE) cache: Cache`. `registerCacheWarp` registers it.
 * Decorated methods of instances that were not bound use the Cache of the root container.
 */
export const CACHE: InjectionToken<Cache> = Symbol.for('cachewarp.CACHE');
