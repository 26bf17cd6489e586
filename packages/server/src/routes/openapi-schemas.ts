import type { Limits } from '../base/limits.js';
import { ETAG, schema } from './openapi-parts.js';

const TTL = { description: 'Seconds; null: as long as there is room.', type: ['number', 'null'], exclusiveMinimum: 0 };
const COUNT = { type: 'integer', minimum: 0 };
const NULLABLE_COUNT = { type: ['integer', 'null'], minimum: 0 };
const MS = { type: ['number', 'null'], minimum: 0 };
const KEY = { type: 'string', minLength: 1 };

/** What is sent and answered, by name. */
export function schemas(limits: Limits): object {
  const tags = {
    type: 'array',
    maxItems: limits.tags,
    uniqueItems: true,
    items: { type: 'string', minLength: 1, maxLength: 256 },
  };
  const keys = { type: 'array', items: KEY, maxItems: limits.batchKeys };
  const value = { description: 'Any JSON, kept character for character.' };
  const bytes = { base64: { type: 'string', contentEncoding: 'base64' }, contentType: { type: 'string' } };
  const validity = { etag: ETAG.schema, age: COUNT, ttlLeft: NULLABLE_COUNT };
  return {
    Entry: strict({ key: KEY, value, ttl: TTL, tags }),
    Draft: strict({ value, ttl: TTL, tags }, ['value']),
    Put: strict({ key: KEY, ttl: TTL, tags, etag: ETAG.schema, confirmed: { type: 'boolean' } }),
    KeyList: strict({ keys: { type: 'array', items: KEY }, total: COUNT, cursor: { type: ['string', 'null'] } }),
    Batch: {
      ...strict(
        {
          delete: keys,
          set: {
            type: 'array',
            maxItems: limits.batchKeys,
            items: {
              oneOf: [
                strict({ key: KEY, value, ttl: TTL, tags }, ['key', 'value']),
                strict({ key: KEY, ...bytes, ttl: TTL, tags }, ['key', 'base64']),
              ],
            },
          },
          get: keys,
        },
        [],
      ),
      minProperties: 1,
    },
    BatchResult: strict(
      {
        delete: {
          type: 'array',
          items: strict({ key: KEY, deleted: { type: 'boolean' }, status: { const: 503 } }, ['key', 'deleted']),
        },
        set: {
          type: 'array',
          items: strict({ key: KEY, status: { enum: [200, 201, 202, 413, 503, 507] }, etag: ETAG.schema }, [
            'key',
            'status',
          ]),
        },
        get: {
          type: 'array',
          items: {
            oneOf: [
              { description: 'Nothing there.', type: 'null' },
              strict({ key: KEY, value, ttl: TTL, tags, ...validity }),
              strict({ key: KEY, ...bytes, ttl: TTL, tags, ...validity }),
              {
                ...strict({ key: KEY, omitted: { const: true } }),
                description: 'The answer would have become too large: ask for it alone.',
              },
            ],
          },
        },
      },
      [],
    ),
    Targets: {
      ...strict(
        {
          key: KEY,
          keys,
          tag: { type: 'string', minLength: 1 },
          tags: { type: 'array', items: { type: 'string', minLength: 1 } },
          prefix: KEY,
          all: { const: true },
        },
        [],
      ),
      minProperties: 1,
    },
    Invalidated: strict({ invalidated: { ...COUNT, description: 'How many targets.' } }),
    Health: strict({
      status: { const: 'ok' },
      store: { enum: ['ok', 'down', 'disabled'] },
      redis: { enum: ['ok', 'down', 'disabled'] },
    }),
    Stats: strict({
      hits: COUNT,
      misses: COUNT,
      hitRate: { type: 'number', minimum: 0, maximum: 1 },
      entries: COUNT,
      bytes: COUNT,
      memory: strict({ policy: { type: 'string' }, maxBytes: COUNT, maxEntries: NULLABLE_COUNT }),
      evictions: strict({ room: COUNT, expired: COUNT, invalidated: COUNT, replaced: COUNT }),
      invalidations: COUNT,
      stores: COUNT,
      uptimeSeconds: COUNT,
      requests: COUNT,
      refused: COUNT,
      latencyMs: strict(
        Object.fromEntries(['get', 'put', 'delete', 'batch', 'invalidate'].map((name) => [name, schema('Latency')])),
      ),
      store: {
        oneOf: [
          { type: 'null' },
          strict({
            name: { type: 'string' },
            breaker: { enum: ['closed', 'open', 'half-open'] },
            entries: NULLABLE_COUNT,
            bytes: NULLABLE_COUNT,
            evictions: COUNT,
            errors: COUNT,
          }),
        ],
      },
      writes: strict({
        policy: { enum: ['write-through', 'write-around', 'write-behind'] },
        backing: { type: 'boolean' },
        queue: {
          oneOf: [{ type: 'null' }, strict({ waiting: COUNT, waitingBytes: COUNT, written: COUNT, failures: COUNT })],
        },
      }),
    }),
    Latency: strict({ count: COUNT, p50: MS, p95: MS, p99: MS, max: MS }),
    Problem: {
      type: 'object',
      description: 'RFC 9457.',
      required: ['type', 'title', 'status', 'detail'],
      properties: {
        type: { const: 'about:blank' },
        title: { type: 'string' },
        status: { type: 'integer', minimum: 400, maximum: 599 },
        detail: { type: 'string' },
        field: { type: 'string', description: 'What is at fault.' },
        value: { description: 'What stood there.' },
      },
    },
  };
}

/** An object whose members are these and no others. */
function strict(
  properties: Readonly<Record<string, object>>,
  required: readonly string[] = Object.keys(properties),
): object {
  return { type: 'object', additionalProperties: false, required, properties };
}
