/** A request that the proxy answers itself, with an error, and that goes no further. */
export interface Refusal {
  readonly status: number;
  /** What is wrong, for the client; never quotes what it sent. */
  readonly detail: string;
  /** Value of Allow, for 405. */
  readonly allow?: string;
}

/** Whether what was read is a refusal rather than a request. */
export function isRefusal(read: object): read is Refusal {
  return 'detail' in read;
}
