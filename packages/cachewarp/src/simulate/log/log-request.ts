/** One request of an access log, whatever format it was written in. */
export interface LogRequest {
  /** When it came, or ended: as the log has it; ms since the epoch. */
  readonly at: number;
  readonly method: string;
  /** Path and query as sent. */
  readonly target: string;
  /** The host asked for; empty where the log does not say. */
  readonly host: string;
  readonly status: number;
  /** Bytes of the answer; -1 where the log does not say. */
  readonly bytes: number;
  /** How long the answer took, in ms; -1 where the log does not say. */
  readonly durationMs: number;
}

/** Why a line is no request, in a few words. */
export type LineFault = string;
