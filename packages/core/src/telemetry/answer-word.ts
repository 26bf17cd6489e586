/** How a request was answered: by the cache's word, or with an error. The label `status` of the metrics. */
export const ANSWER_WORDS = ['hit', 'stale', 'revalidated', 'miss', 'bypass', 'error'] as const;

/** One of {@link ANSWER_WORDS}. */
export type AnswerWord = (typeof ANSWER_WORDS)[number];
