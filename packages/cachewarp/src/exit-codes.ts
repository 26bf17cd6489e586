/** How the command ends. `cachewarp --help` and the README list them; scripts may rely on them. */
export const EXIT = {
  ok: 0,
  /** Something that should not happen. */
  failure: 1,
  /** A flag, a variable or the configuration is wrong or missing. */
  usage: 2,
  /** The address to listen on is taken or not allowed. */
  address: 3,
  /** The admin API does not answer, or refuses. */
  admin: 4,
} as const;

/** A fault that is said in a line or a few, without a stack. */
export class CommandError extends Error {
  readonly exitCode: number;

  constructor(exitCode: number, message: string, options?: { cause: unknown }) {
    super(message, options);
    this.name = 'CommandError';
    this.exitCode = exitCode;
  }
}
