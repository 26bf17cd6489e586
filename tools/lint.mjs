import { prepare, root } from './bootstrap.mjs';
import { runScripts } from './run-scripts.mjs';

// The type-aware rules read the built declarations of the other packages.
prepare();

process.exitCode = runScripts(['lint:code', 'lint:floors', 'lint:unused', 'lint:format'], { cwd: root });
