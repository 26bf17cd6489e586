import { resolveLimits, type Limits } from '../base/limits.js';

const JSON_TYPE = 'application/json';
const PROBLEM_TYPE = 'application/problem+json';

/**
 * The service described in OpenAPI 3.1, as it is served at `/openapi.json`.
 * @param limits - of the service that is described; those by default
 */
export function openApiDocument(limits: Limits = resolveLimits()): object {
  return {
    openapi: '3.1.0',
    info: {
      title: 'CacheWarp REST cache service',
      version: '0.1.0',
      summary: 'A cache that any language can use over HTTP.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/' }],
    security: [{ token: [] }, {}],
    tags: [
      { name: 'entries', description: 'Entries by key.' },
      { name: 'many', description: 'Many entries at once.' },
      { name: 'reports', description: 'What the service says of itself.' },
    ],
    paths: paths(limits),
    components: {
      securitySchemes: {
        token: { type: 'http', scheme: 'bearer', description: 'Needed as soon as tokens are configured.' },
      },
      parameters: parameters(limits),
      headers: HEADERS,
      schemas: schemas(limits),
      responses: RESPONSES,
    },
  };
}

function paths(limits: Limits): object {
  const key = ref('parameters', 'Key');
  return {
    '/cache': {
      get: {
        operationId: 'listKeys',
        tags: ['many'],
        summary: "The keys in this process's memory, in their order, page by page",
        parameters: [
          { name: 'prefix', in: 'query', schema: { type: 'string' } },
          { name: 'limit', in: 'query', schema: { type: 'integer', minimum: 1, maximum: 10_000, default: 1000 } },
          { name: 'cursor', in: 'query', description: 'From the page before.', schema: { type: 'string' } },
        ],
        responses: { 200: json('Keys', 'KeyList'), ...refusals(400) },
      },
      delete: {
        operationId: 'clear',
        tags: ['many'],
        summary: 'Removes everything, or everything of the namespace of the token',
        responses: { 204: { description: 'Removed.' }, ...refusals(400) },
      },
    },
    '/cache/{key}': {
      parameters: [key],
      get: {
        operationId: 'getEntry',
        tags: ['entries'],
        summary: 'An entry: JSON with its key, ttl and tags, or bytes as they were put',
        parameters: [ref('parameters', 'IfMatch'), ref('parameters', 'IfNoneMatch')],
        responses: {
          200: {
            description: 'The entry.',
            headers: ENTRY_HEADERS,
            content: {
              [JSON_TYPE]: { schema: schema('Entry') },
              '*/*': { schema: { type: 'string', format: 'binary' } },
            },
          },
          304: { description: 'It is as If-None-Match says.', headers: ENTRY_HEADERS },
          ...refusals(400, 404, 412, 414, 502),
        },
      },
      head: {
        operationId: 'headEntry',
        tags: ['entries'],
        summary: 'What GET would answer, without the body',
        parameters: [ref('parameters', 'IfMatch'), ref('parameters', 'IfNoneMatch')],
        responses: {
          200: { description: 'The entry.', headers: ENTRY_HEADERS },
          304: { description: 'It is as If-None-Match says.', headers: ENTRY_HEADERS },
          404: { description: 'There is nothing under this key.' },
          '4XX': { description: 'As with GET, without a body.' },
        },
      },
      put: {
        operationId: 'putEntry',
        tags: ['entries'],
        summary: 'Keeps a value',
        description:
          'JSON says value, ttl and tags. Any other media type is kept as bytes; then Cache-Control: max-age is the ttl, and Cache-Tag lists the tags.',
        parameters: [
          ref('parameters', 'IfMatch'),
          ref('parameters', 'IfNoneMatch'),
          {
            name: 'Cache-Control',
            in: 'header',
            description: 'max-age is the ttl where the content gives none.',
            schema: { type: 'string' },
          },
          {
            name: 'Cache-Tag',
            in: 'header',
            description: 'Tags of bytes, separated by commas.',
            schema: { type: 'string' },
          },
        ],
        requestBody: {
          required: true,
          content: {
            [JSON_TYPE]: { schema: schema('Draft') },
            '*/*': { schema: { type: 'string', format: 'binary' } },
          },
        },
        responses: {
          200: json('It took the place of another value.', 'Put'),
          201: json('It is new.', 'Put'),
          202: json('It is in memory, but the store did not confirm to have it.', 'Put'),
          ...refusals(400, 412, 413, 414, 415, 422, 502, 507),
        },
      },
      delete: {
        operationId: 'deleteEntry',
        tags: ['entries'],
        summary: 'Removes an entry',
        parameters: [ref('parameters', 'IfMatch'), ref('parameters', 'IfNoneMatch')],
        responses: { 204: { description: 'Removed.' }, ...refusals(400, 404, 412, 414, 502) },
      },
    },
    '/cache/batch': {
      post: {
        operationId: 'batch',
        tags: ['many'],
        summary: `Deletes, then sets, then gets up to ${limits.batchKeys} keys; everything is checked before anything is done`,
        requestBody: { required: true, content: { [JSON_TYPE]: { schema: schema('Batch') } } },
        responses: {
          200: json('One result for each key, in the order of the request.', 'BatchResult'),
          ...refusals(400, 413, 415, 422, 502),
        },
      },
    },
    '/invalidate': {
      post: {
        operationId: 'invalidate',
        tags: ['many'],
        summary: 'Invalidates by key, tag, prefix, or everything: no read that starts later sees what was there',
        requestBody: { required: true, content: { [JSON_TYPE]: { schema: schema('Targets') } } },
        responses: { 200: json('Invalidated.', 'Invalidated'), ...refusals(400, 413, 415, 422) },
      },
    },
    '/stats': {
      get: {
        operationId: 'stats',
        tags: ['reports'],
        summary: 'Everything that is counted, since the start of this process',
        responses: { 200: json('The numbers.', 'Stats'), ...refusals(400) },
      },
    },
    '/health': {
      get: {
        operationId: 'health',
        tags: ['reports'],
        security: [],
        summary: 'Whether the service is well',
        responses: { 200: json('It is.', 'Health'), '4XX': ref('responses', 'Problem') },
      },
    },
    '/openapi.json': {
      get: {
        operationId: 'openapi',
        tags: ['reports'],
        summary: 'This document',
        responses: {
          200: { description: 'The document.', content: { [JSON_TYPE]: { schema: { type: 'object' } } } },
          ...refusals(400),
        },
      },
    },
  };
}

const ETAG = { description: 'A strong validator.', schema: { type: 'string', pattern: '^"[A-Za-z0-9_-]{22}"$' } };
const HEADERS = {
  ETag: ETAG,
  Age: { description: 'Seconds since the value was put.', schema: { type: 'integer', minimum: 0 } },
  TimeLeft: {
    description: 'max-age: the seconds that are left.',
    schema: { type: 'string', pattern: '^max-age=\\d+$' },
  },
};
const ENTRY_HEADERS = {
  ETag: ref('headers', 'ETag'),
  Age: ref('headers', 'Age'),
  'Cache-Control': ref('headers', 'TimeLeft'),
};

const RESPONSES = {
  Problem: { description: 'Refused, or failed.', content: { [PROBLEM_TYPE]: { schema: schema('Problem') } } },
};

function parameters({ keyBytes }: Limits): object {
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

const TTL = { description: 'Seconds; null: as long as there is room.', type: ['number', 'null'], exclusiveMinimum: 0 };
const COUNT = { type: 'integer', minimum: 0 };
const NULLABLE_COUNT = { type: ['integer', 'null'], minimum: 0 };
const MS = { type: ['number', 'null'], minimum: 0 };
const KEY = { type: 'string', minLength: 1 };

function schemas(limits: Limits): object {
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

function json(description: string, name: string): object {
  return { description, content: { [JSON_TYPE]: { schema: schema(name) } } };
}

/** What any route may answer, and what this one may beside it. */
function refusals(...statuses: readonly number[]): Record<string, object> {
  return Object.fromEntries(
    [...statuses, 401, 403, 429, 503].map((status) => [String(status), ref('responses', 'Problem')]),
  );
}

function schema(name: string): object {
  return ref('schemas', name);
}

function ref(kind: string, name: string): object {
  return { $ref: `#/components/${kind}/${name}` };
}
