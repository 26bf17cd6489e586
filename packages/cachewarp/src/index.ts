export { runCli, type CliContext } from './cli.js';
export { CommandError, EXIT } from './exit-codes.js';
export type { Config } from './config/config-schema.js';
