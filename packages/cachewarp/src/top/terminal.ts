import { writeSync } from 'node:fs';
import type { ReadStream, WriteStream } from 'node:tty';
import { FrameWriter } from './frame-writer.js';
import { paint, type Looks } from './paint.js';
import { parseKeys } from './parse-keys.js';
import type { Line } from './line.js';
import type { Size } from './view.js';

/** The alternate screen, without cursor; line wrap off, so that no line can ever push another. */
const ENTER = '\x1B[?1049h\x1B[?25l\x1B[?7l';
const LEAVE = '\x1B[0m\x1B[?7h\x1B[?25h\x1B[?1049l';
/** What begins like a sequence of a key and does not go on for so long was the escape key. */
const ESCAPE_MS = 50;
/** Its file descriptor: what is written at the very end cannot wait for the stream. */
const STDOUT = 1;
const SMALLEST = { columns: 20, rows: 4 };

/** What a terminal tells. */
export interface TerminalListener {
  onKey(key: string): void;
  onResize(size: Size): void;
  /** It is gone, or a signal asks to end. */
  onEnd(signal: NodeJS.Signals | undefined): void;
}

const ENDING = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGQUIT'] as const;

/** A terminal in raw mode on its alternate screen, given back as it was however the process ends. */
export class Terminal {
  readonly #input: ReadStream;
  readonly #output: WriteStream;
  readonly #looks: Looks;
  readonly #listener: TerminalListener;
  readonly #writer = new FrameWriter();
  readonly #stops: (() => void)[] = [];
  #isOpen = false;
  #isFull = false;
  #pending: readonly Line[] | undefined;
  #rest = '';
  #escape: ReturnType<typeof setTimeout> | undefined;

  constructor(parts: { input: ReadStream; output: WriteStream; looks: Looks; listener: TerminalListener }) {
    this.#input = parts.input;
    this.#output = parts.output;
    this.#looks = parts.looks;
    this.#listener = parts.listener;
  }

  get size(): Size {
    const { columns, rows } = this.#output;
    // A terminal that does not know its size says 0.
    return {
      columns: Math.max(SMALLEST.columns, columns || 80),
      rows: Math.max(SMALLEST.rows, rows || 24),
    };
  }

  open(): void {
    this.#enter();
    // Whatever ends the process, an error that nobody caught included: the shell gets its screen back.
    const restore = (): void => this.#restoreNow();
    process.on('exit', restore);
    this.#stops.push(() => process.off('exit', restore));
    for (const signal of ENDING) {
      const onSignal = (): void => this.#listener.onEnd(signal);
      process.on(signal, onSignal);
      this.#stops.push(() => process.off(signal, onSignal));
    }
    const onContinue = (): void => this.#enter();
    process.on('SIGCONT', onContinue);
    this.#stops.push(() => process.off('SIGCONT', onContinue));
    this.#listen();
  }

  /** Shows a screen. While the terminal is slow, only the newest is kept. */
  show(lines: readonly Line[]): void {
    if (!this.#isOpen) return;
    if (this.#isFull) {
      this.#pending = lines;
      return;
    }
    const { columns } = this.size;
    const text = this.#writer.next(lines.map((line) => paint(line, columns, this.#looks)));
    if (text === undefined || this.#output.write(text)) return;
    this.#isFull = true;
    this.#output.once('drain', () => {
      this.#isFull = false;
      const pending = this.#pending;
      this.#pending = undefined;
      if (pending !== undefined) this.show(pending);
    });
  }

  /** The next screen is written whole. */
  forget(): void {
    this.#writer.forget();
  }

  /** Gives the terminal to the shell until it is continued (Ctrl+Z). */
  suspend(): void {
    this.#leave();
    // To the whole group, as the terminal itself would have sent it.
    process.kill(0, 'SIGTSTP');
  }

  close(): void {
    clearTimeout(this.#escape);
    for (const stop of this.#stops.splice(0)) stop();
    this.#leave();
    this.#input.pause();
  }

  #enter(): void {
    this.#input.setRawMode(true);
    this.#input.resume();
    this.#output.write(ENTER);
    this.#isOpen = true;
    this.#writer.forget();
    this.#listener.onResize(this.size);
  }

  #leave(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#output.write(LEAVE);
    this.#input.setRawMode(false);
  }

  #restoreNow(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    try {
      this.#input.setRawMode(false);
      writeSync(STDOUT, LEAVE);
    } catch {
      // The terminal is gone: there is nothing to give back.
    }
  }

  #listen(): void {
    const onData = (text: string): void => this.#hear(text);
    const onGone = (): void => this.#listener.onEnd(undefined);
    const onResize = (): void => {
      this.#writer.forget();
      this.#listener.onResize(this.size);
    };
    this.#input.setEncoding('utf8');
    this.#input.on('data', onData).on('end', onGone).on('error', onGone);
    this.#output.on('resize', onResize).on('error', onGone);
    this.#stops.push(() => {
      this.#input.off('data', onData).off('end', onGone);
      this.#output.off('resize', onResize);
    });
  }

  #hear(text: string): void {
    clearTimeout(this.#escape);
    const { keys, rest } = parseKeys(this.#rest + text);
    this.#rest = rest;
    for (const key of keys) this.#listener.onKey(key);
    if (rest === '') return;
    this.#escape = setTimeout(() => {
      this.#rest = '';
      this.#listener.onKey('escape');
    }, ESCAPE_MS);
  }
}
