/** Redis is there perhaps, but this process has not joined its log: what is stored there cannot be judged yet. */
export class NotJoinedError extends Error {
  override readonly name = 'NotJoinedError';

  constructor() {
    super('the invalidation log in Redis is not joined');
  }
}

/** Redis answered, but not what was asked for. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
}
