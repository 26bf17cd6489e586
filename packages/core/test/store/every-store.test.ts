import { GuardedStore } from '#src/store/guarded-store.js';
import { MemoryStore } from '#src/store/memory-store.js';
import { NullStore } from '#src/store/null-store.js';
import { TieredStore } from '#src/store/tiered-store.js';
import { ChaosStore } from '#src/testing/chaos-store.js';
import { describeCacheStore } from '#src/testing/describe-cache-store.js';
import { FakeClock } from '#src/testing/fake-clock.js';
import { SerializingStore } from './serializing-store.js';

const clock = new FakeClock();
const corrupt = (store: unknown, key: string, spoil: (bytes: Uint8Array) => Uint8Array): void => {
  const { bytes } = store as SerializingStore;
  bytes.set(key, spoil(bytes.get(key)!));
};
const guard = (store: ConstructorParameters<typeof GuardedStore>[0]) => new GuardedStore(store, { clock });

describeCacheStore('MemoryStore', () => ({ store: new MemoryStore({ clock }) }), { clock });
describeCacheStore('MemoryStore on the clock of the process', () => ({ store: new MemoryStore() }));
describeCacheStore('a store over the codec', () => ({ store: new SerializingStore(clock) }), { clock, corrupt });
describeCacheStore('GuardedStore', () => ({ store: guard(new MemoryStore({ clock })) }), { clock });
describeCacheStore('GuardedStore over the codec', () => ({ store: guard(new SerializingStore(clock)) }), { clock });
describeCacheStore('ChaosStore at rest', () => ({ store: new ChaosStore(new MemoryStore({ clock }), clock) }), {
  clock,
});
describeCacheStore(
  'TieredStore',
  () => ({ store: new TieredStore({ memory: new MemoryStore({ clock }), store: guard(new SerializingStore(clock)) }) }),
  { clock },
);
describeCacheStore(
  'TieredStore without memory',
  () => ({ store: new TieredStore({ memory: new NullStore(), store: guard(new SerializingStore(clock)) }) }),
  { clock },
);
describeCacheStore(
  'TieredStore of memory only',
  () => ({ store: new TieredStore({ memory: new MemoryStore({ clock }), store: new NullStore() }) }),
  { clock },
);
