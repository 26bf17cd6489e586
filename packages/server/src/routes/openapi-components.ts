import type { Limits } from '../base/limits.js';
import { ETAG, schema } from './openapi-parts.js';

const PROBLEM_TYPE = 'application/problem+json';

/** Fields of answers, as other parts name them. */
export const HEADERS = {
  ETag: ETAG,
  Age: { description: 'Seconds since the value was put.', schema: { type: 'integer', minimum: 0 } },
  TimeLeft: {
    description: 'max-age: the seconds that are left.',
    schema: { type: 'string', pattern: '^max-age=\\d+$' },
  },
};
/** Answers that many routes have. */
export const RESPONSES = {
  Problem: { description: 'Refused, or failed.', content: { [PROBLEM_TYPE]: { schema: schema('Problem') } } },
};

/** Parameters that several routes take. */
export function parameters({ keyBytes }: Limits): object {
  return {
    Key: {
      name: 'key',
      in: 'path',
      required: true,
      description: `1 to ${keyBytes} bytes, percent-encoded. A slash may stand for itself.`,
      schema: { type: 'string', minLength: 1 },
      example: 'user:1',
    },
    IfMatch: {
      name: 'If-Match',
      in: 'header',
      description: '* or entity tags: only if the entry is one of these.',
      schema: { type: 'string' },
    },
    IfNoneMatch: {
      name: 'If-None-Match',
      in: 'header',
      description: '* or entity tags: only if the entry is none of these; * with PUT: only if there is none.',
      schema: { type: 'string' },
    },
  };
}
