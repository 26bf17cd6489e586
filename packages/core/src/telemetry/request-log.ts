import type { AnswerWord } from './answer-word.js';
import type { MissReason } from './miss-reason.js';

/** One answered request, as those are told who write logs. */
export interface AnsweredRequest {
  readonly method: string;
  /** Host with port, as the client asked for it. */
  readonly authority: string;
  /** Path and query as sent. Whoever logs it takes care of what it may hold. */
  readonly target: string;
  /** Address of the client. */
  readonly client: string;
  /** The client's X-Request-Id where it is well-formed, else one that was made. */
  readonly requestId: string;
  /** The rule or route by which it was answered. */
  readonly route: string;
  /** How it was answered. */
  readonly word: AnswerWord;
  /** Why not from what is stored; undefined for hits, stale answers and errors. */
  readonly reason: MissReason | undefined;
  readonly status: number;
  /** Bytes of content written. */
  readonly bytes: number;
  readonly durationMs: number;
  /** The code of the error, where there was one. */
  readonly fault: string | undefined;
}

/** Who is told of answered requests. A listener that throws is reported once as a process warning and changes nothing. */
export interface RequestLog {
  /** Whether fresh hits are told, too. What nobody writes down is not gathered: a log that takes no hits costs a hit nothing. */
  readonly wantsHits: boolean;
  answered(request: AnsweredRequest): void;
}
