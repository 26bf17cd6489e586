import { makeLegacyOrigin, makeSwitch } from './legacy-origin.js';

/** Exit codes: 2 an environment variable cannot be used, 3 a port is taken. */
const FAULTY_ENVIRONMENT = 2;
const CANNOT_LISTEN = 3;

const PORT = portOf('LEGACY_PORT', '3101');
const SWITCH_PORT = portOf('LEGACY_SWITCH_PORT', '3102');
/** Where the proxy of `cachewarp.config.yaml` listens. */
const PROXY = `http://localhost:${portOf('CACHEWARP_PORT', '3100')}`;

const origin = makeLegacyOrigin();
const lever = makeSwitch(origin, PORT);

let listening = 0;
for (const [server, port, variable] of [
  [origin, PORT, 'LEGACY_PORT'],
  [lever, SWITCH_PORT, 'LEGACY_SWITCH_PORT'],
] as const) {
  server.on('error', (error: NodeJS.ErrnoException) => {
    const reason = error.code === 'EADDRINUSE' ? `port ${port} is in use; ${variable} takes another` : error.message;
    console.error(`the demo origin cannot start: ${reason}`);
    process.exit(CANNOT_LISTEN);
  });
  server.listen(port, '127.0.0.1', () => {
    listening++;
    if (listening === 2) sayWhatToTry();
  });
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    for (const server of [origin, lever]) {
      server.close();
      server.closeAllConnections();
    }
  });
}

function sayWhatToTry(): void {
  console.log(`
A legacy origin on http://localhost:${PORT} (0.8 s an answer, no caching fields), behind the proxy on ${PROXY}:
  curl -i ${PROXY}/products/1                      # X-Cache: MISS, 0.8 s
  curl -i ${PROXY}/products/1                      # X-Cache: HIT, at once, for 10 s
  curl -X POST http://localhost:${SWITCH_PORT}/stop; sleep 10
  curl -i ${PROXY}/products/1                      # X-Cache: STALE, while the origin is stopped
  curl -X POST http://localhost:${SWITCH_PORT}/start
  npx cachewarp purge --tag products                            # purge by tag
  curl -i ${PROXY}/products/1                      # X-Cache: MISS
`);
}

function portOf(name: string, usual: string): number {
  const given = process.env[name] || usual;
  if (/^\d{1,5}$/.test(given) && Number(given) <= 65_535) return Number(given);
  console.error(`${name} must be a whole number from 0 to 65535, got ${JSON.stringify(given)}`);
  process.exit(FAULTY_ENVIRONMENT);
}
