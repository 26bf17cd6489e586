/*
 * The house of CacheWarp, as `npm run lint` checks it: a file imports from its own folder and from lower floors, never
 * upward and never from a neighbour on the same floor. Lowest floor first. Type-only imports count: with emitted
 * decorator metadata a circle becomes an `undefined` constructor parameter.
 */
export const floors = {
  /** By folder name under `packages/`. Examples, benchmarks and integration tests stand on the roof. */
  packages: [
    ['core'],
    ['http', 'redis', 'disk', 'keyv', 'metrics', 'client'],
    ['admin'],
    ['koa', 'proxy', 'server'],
    ['cachewarp'],
  ],

  /** By package, the folders under its `src/`. Files in `src/` itself (index, bin) may import all of them. */
  folders: {
    core: [
      ['base', 'telemetry'],
      ['key', 'entry', 'policy'],
      ['store'],
      ['invalidation'],
      ['engine'],
      ['container'],
      ['decorators'],
    ],
    http: [['message'], ['semantics'], ['cache']],
    admin: [['message'], ['node', 'events'], ['access'], ['routes'], ['listener']],
    koa: [['caching'], ['routing', 'admin']],
    server: [['base'], ['access', 'backing'], ['message'], ['entries'], ['routes'], ['server']],
    redis: [['connection'], ['log'], ['entries'], ['tier']],
    proxy: [['base'], ['request'], ['rules', 'upstream'], ['front'], ['workers'], ['proxy']],
  },

  /** Stands aside: may import every folder of its package, and no product code imports it. */
  testingKit: { folder: 'packages/core/src/testing', specifier: '@cachewarp/core/testing' },

  /** Pure folders: `now` is a parameter. No Node module, no npm package, no clock and no timer. */
  pure: ['packages/http/src/semantics'],

  /** Where product code may import an npm package; unlisted packages only need to be declared. */
  npm: {
    tsyringe: ['packages/core/src/container', 'packages/core/src/decorators', 'examples', 'benchmarks'],
    'reflect-metadata': ['packages/core/src/container', 'packages/core/src/decorators', 'examples', 'benchmarks'],
    'lru-cache': ['packages/core/src/store', 'benchmarks'],
    'structured-headers': ['packages/http/src/message'],
    'prom-client': ['packages/metrics'],
    uplot: ['packages/admin/page'],
    ioredis: ['packages/redis'],
    lmdb: ['packages/disk'],
    '@opentelemetry/api': ['packages/metrics', 'benchmarks', 'integration'],
    '@clack/prompts': ['packages/cachewarp'],
    koa: ['packages/koa', 'packages/server', 'examples', 'benchmarks', 'integration'],
    '@koa/router': ['packages/koa', 'packages/server', 'examples', 'benchmarks', 'integration'],
    undici: ['packages/proxy', 'benchmarks', 'integration'],
    commander: ['packages/cachewarp'],
    pino: ['packages/cachewarp'],
    yaml: ['packages/cachewarp', 'integration'],
    zod: ['packages/cachewarp'],
  },

  /** A contract lives in the folder of its concept. */
  forbiddenFolders: ['utils', 'types'],

  /** Fewer source files than this means that the check did not see the house, and is a failure. */
  minimumModules: 400,
};
