import { runCli } from './cli.js';
import { EXIT } from './exit-codes.js';

try {
  process.exitCode = await runCli(process.argv.slice(2), {
    env: process.env,
    directory: process.cwd(),
    print: (line) => console.log(line),
    printError: (line) => console.error(line),
    input: process.stdin,
    ...(process.stderr.isTTY && { terminal: process.stderr }),
  });
} catch (error) {
  console.error(error);
  process.exitCode = EXIT.failure;
}
