import { makeLegacyOrigin, makeSwitch } from './legacy-origin.js';

const PORT = Number(process.env['LEGACY_PORT'] ?? 3101);
const SWITCH_PORT = Number(process.env['LEGACY_SWITCH_PORT'] ?? 3102);
/** Where the proxy of `cachewarp.config.yaml` listens. */
const PROXY = 'http://localhost:3100';

const origin = makeLegacyOrigin();
const lever = makeSwitch(origin, PORT);

for (const [server, port] of [
  [origin, PORT],
  [lever, SWITCH_PORT],
] as const) {
  server.on('error', (error: NodeJS.ErrnoException) => {
    const reason = error.code === 'EADDRINUSE' ? `port ${port} is in use` : error.message;
    console.error(`the demo origin cannot start: ${reason}`);
    process.exit(3);
  });
  server.listen(port, '127.0.0.1');
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    for (const server of [origin, lever]) {
      server.close();
      server.closeAllConnections();
    }
  });
}

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
