import { prepare, root } from './bootstrap.mjs';
import { supervise } from './supervise.mjs';

/*
 * npm start: the examples, side by side, until Ctrl+C. Each prints its own address and what to try.
 */

prepare();

const { LEGACY_PORT } = process.env;

const programs = [
  { name: 'the example API', args: ['--enable-source-maps', 'examples/koa-api/dist/main.js'] },
  { name: 'the legacy origin', args: ['--enable-source-maps', 'examples/legacy-origin/dist/main.js'] },
  {
    name: 'the proxy',
    args: [
      '--enable-source-maps',
      'packages/cachewarp/bin/cachewarp.js',
      'proxy',
      '--config',
      'examples/legacy-origin/cachewarp.config.yaml',
    ],
    // PORT is the example API's.
    env: { PORT: '', ...(LEGACY_PORT && { CACHEWARP_ORIGIN: `http://127.0.0.1:${LEGACY_PORT}` }) },
  },
];

process.exitCode = await supervise(programs, { cwd: root });
