export { FakeClock } from './fake-clock.js';
export { Barrier, Deferred, PausedLoader, UnreliableLog, type Delivery } from './race-kit.js';
