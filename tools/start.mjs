import { prepare, root } from './bootstrap.mjs';
import { supervise } from './supervise.mjs';

/*
 * npm start: the examples, side by side, until Ctrl+C. Each prints its own address and what to try.
 */

prepare();

const programs = [{ name: 'the example API', args: ['--enable-source-maps', 'examples/koa-api/dist/main.js'] }];

process.exitCode = await supervise(programs, { cwd: root });
