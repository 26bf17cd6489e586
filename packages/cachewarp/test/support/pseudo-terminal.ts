import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TerminalScreen } from './terminal-screen.js';

const finder = fileURLToPath(new URL('../../../../tools/programs.mjs', import.meta.url));
/** A machine that is busy is slow; a screen that never comes is a failure that says what there was instead. */
const PATIENCE_MS = 20_000;
let script: string | undefined;

/** A command of the shell in a pseudo-terminal of its own, by util-linux's `script`. */
export class PseudoTerminal {
  readonly screen = new TerminalScreen();
  /** Its exit code, as the shell has it: 128 and the number of the signal that ended it. */
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;
  readonly #directory: string;
  #onChange = (): void => undefined;

  /** @param directory - where the name of the terminal and the number of the process are noted */
  constructor(
    command: string,
    options: { columns: number; rows: number; directory: string; env?: Readonly<Record<string, string>> },
  ) {
    const { columns, rows, directory, env } = options;
    this.#directory = directory;
    const before = `tty > '${directory}/tty'; stty cols ${columns} rows ${rows}; stty -g > '${directory}/before'`;
    const behind = `code=$?; stty -g > '${directory}/behind'; echo "back in the shell"; exit $code`;
    const line = `${before}; sh -c 'echo $$ > "${directory}/pid"; exec ${command}'; ${behind}`;
    // What speaks of colours, and CI, where Node has none, is for the test to say.
    const { NO_COLOR: _, FORCE_COLOR: __, CI: ___, ...inherited } = process.env;
    this.#child = spawn(scriptPath(), ['-qfec', line, '/dev/null'], {
      env: { ...inherited, TERM: 'xterm-256color', LC_ALL: 'C.UTF-8', SHELL: '/bin/sh', ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      this.screen.write(text);
      this.#onChange();
    });
    this.ended = new Promise((resolve) => this.#child.once('close', (code) => resolve(code)));
    void this.ended.then(() => this.#onChange());
  }

  /** Waits until the screen shows it. @throws Error with the screen when the program ends, or too much time passes, without */
  async shows(pattern: RegExp): Promise<void> {
    let isLate = false;
    const deadline = setTimeout(() => {
      isLate = true;
      this.#onChange();
    }, PATIENCE_MS);
    while (!pattern.test(this.screen.text)) {
      if (isLate || this.#child.exitCode !== null)
        throw new Error(`${String(pattern)} is not on the screen:\n${this.screen.text}`);
      await new Promise<void>((resolve) => (this.#onChange = resolve));
    }
    clearTimeout(deadline);
  }

  press(keys: string): void {
    this.#child.stdin!.write(keys);
  }

  resize(columns: number, rows: number): void {
    const tty = readFileSync(join(this.#directory, 'tty'), 'utf8').trim();
    spawnSync('stty', ['-F', tty, 'cols', String(columns), 'rows', String(rows)]);
  }

  /** The number of the process of the command. */
  get pid(): number {
    return Number(readFileSync(join(this.#directory, 'pid'), 'utf8'));
  }

  /** Whether the settings of the terminal are those from before the command. */
  get isRestored(): boolean {
    const [before, behind] = ['before', 'behind'].map((name) => readFileSync(join(this.#directory, name), 'utf8'));
    return before !== '' && before === behind;
  }

  async close(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.kill('SIGKILL');
    await this.ended;
  }
}

function scriptPath(): string {
  if (script !== undefined) return script;
  const { status, stdout, stderr } = spawnSync(process.execPath, [finder, 'script'], { encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr.trim());
  return (script = stdout.trim());
}
