import { MISS_REASONS } from '@cachewarp/core';

/** The shapes of the admin API's answers and orders, as JSON Schema 2020-12. Each has a description: it stands for the answer. */
export const openapiSchemas = {
  Health: object(
    'Whether the cache works, and its Redis tier.',
    {
      status: { enum: ['ok', 'draining'] },
      redis: { enum: ['ok', 'down', 'disabled'] },
    },
    ['redis'],
  ),
  Live: object('The process answers.', { status: { const: 'ok' } }),
  CacheMetrics: object('Counters since the cache was made.', {
    hits: count(),
    misses: count(),
    top_keys: { type: 'array', items: { type: 'array', prefixItems: [text(), count()], minItems: 2, maxItems: 2 } },
    total_cached_keys: count(),
    stale_hits: count(),
    bypasses: count(),
    hit_ratio: { type: 'number', minimum: 0, maximum: 1 },
    coalesced: count(),
    loads: count(),
    load_errors: count(),
    fenced_fills: count(),
    invalidations: count(),
    evictions: count(),
    bytes: count(),
    nodes: nodes(),
  }),
  Stats: {
    ...object(
      'Everything the cache counts, since it was made.',
      {
        name: text(),
        hits: count(),
        staleHits: count(),
        misses: count(),
        bypasses: count(),
        hitRatio: { type: 'number', minimum: 0, maximum: 1 },
        coalesced: count(),
        loads: count(),
        loadErrors: count(),
        invalidations: count(),
        entries: count(),
        bytes: count(),
        evictions: count(),
        nodes: nodes(),
        store: object(
          'The tier behind the memory.',
          { name: text(), breaker: { enum: ['closed', 'open', 'half-open'] }, evictions: count() },
          [],
          true,
        ),
      },
      ['store'],
      true,
    ),
  },
  KeyPage: object('A page of keys.', {
    keys: list({ $ref: '#/components/schemas/KeySummary' }),
    total: { ...count(), description: 'A key that several processes hold counts once for each.' },
    cursor: { type: ['string', 'null'], description: 'For the next page; null: this was the last.' },
    nodes: nodes(),
  }),
  KeySummary: object('A key in a list.', {
    key: text(),
    entries: count(),
    freshness: freshness(),
    ageMs: { type: 'integer' },
    ttlLeftMs: msOrNull(),
    size: count(),
    tags: list(text()),
  }),
  KeyDetails: object('Everything known of a key.', {
    key: text(),
    ...entry(),
    variants: list(
      object('An entry of the key, for one user, host or form.', { variant: text(), ...entry() }, ['variant']),
    ),
    heldBy: { ...count(), description: 'How many processes hold it in memory.' },
    lastInvalidation: { oneOf: [{ $ref: '#/components/schemas/AuditRecord' }, { type: 'null' }] },
    nodes: nodes(),
  }),
  Top: object('Rankings of keys since the cache was made.', {
    requests: list(traffic()),
    misses: list(traffic()),
    bytes: list(traffic()),
    savedMs: list(traffic()),
    nodes: nodes(),
  }),
  Order: {
    ...object(
      'What to invalidate: exactly one of the first six.',
      {
        key: name(),
        keys: names(),
        prefix: name(),
        tag: name(),
        tags: names(),
        all: { const: true },
        soft: { type: 'boolean', default: false, description: 'Only expire: stale copies may still be served.' },
        dryRun: { type: 'boolean', default: false, description: 'Only tell what it would concern.' },
        reason: { type: 'string', maxLength: 512, description: 'Why, for the audit.' },
      },
      ['key', 'keys', 'prefix', 'tag', 'tags', 'all', 'soft', 'dryRun', 'reason'],
    ),
    oneOf: ['key', 'keys', 'prefix', 'tag', 'tags', 'all'].map((field) => ({ required: [field] })),
  },
  Invalidated: object(
    'How much it was.',
    {
      targets: { ...count(), description: 'How many targets were named.' },
      entries: { ...count(), description: 'How many entries in memory they concerned.' },
      soft: { type: 'boolean' },
      dryRun: { type: 'boolean' },
      keys: { ...list(text()), description: 'With dryRun: the first of the keys concerned.' },
    },
    ['keys'],
  ),
  Deleted: object('The key is not kept any more.', { message: { const: 'Cache key deleted' } }),
  Audit: object('Invalidations, newest first.', {
    invalidations: list({ $ref: '#/components/schemas/AuditRecord' }),
    nodes: nodes(),
  }),
  Nodes: object('Whose answers this is made of.', {
    answered: { ...list(text()), description: 'Names of the processes that answered, the one that was asked first.' },
    missing: { ...list(text()), description: 'Names of those that are known, and did not answer in time.' },
    store: {
      enum: ['ok', 'away', 'none'],
      description: 'Whether others can be reached through the store; none: it cannot carry questions.',
    },
  }),
  AuditRecord: object('One invalidation.', {
    targets: list(text()),
    soft: { type: 'boolean' },
    at: { type: 'string', format: 'date-time' },
    by: { type: ['string', 'null'] },
    reason: { type: ['string', 'null'] },
    position: count(),
    entries: { type: ['integer', 'null'], description: 'How many entries it concerned; null where nobody counted.' },
  }),
  Explanation: object(
    'A decision, how it came about, and why it is no hit.',
    {
      url: text(),
      key: text(),
      rule: text(),
      decision: { enum: ['hit', 'stale', 'revalidate', 'miss', 'bypass', 'unavailable'] },
      steps: list(
        object('One step.', {
          rule: text(),
          section: { type: 'string', description: 'Where the rule is written down.' },
          saw: text(),
          concluded: text(),
        }),
      ),
      kept: { type: 'boolean', description: 'Whether anything is kept under the key, which may be another variant.' },
      why: {
        oneOf: [
          { type: 'null' },
          object('Why it would be no hit.', {
            word: {
              enum: MISS_REASONS,
            },
            detail: text(),
          }),
        ],
      },
    },
    ['url', 'key', 'rule'],
    true,
  ),
  Problem: object(
    'A refusal (RFC 9457).',
    {
      type: text(),
      title: text(),
      status: { type: 'integer', minimum: 400, maximum: 599 },
      detail: text(),
      field: text(),
      value: { description: 'What stood there.' },
    },
    ['field', 'value'],
    true,
  ),
} as const;

/** @param optional - names of the properties that may be absent */
function object<T extends Readonly<Record<string, object>>>(
  description: string,
  properties: T,
  optional: readonly string[] = [],
  isOpen = false,
): { readonly description: string } & Readonly<Record<string, unknown>> {
  const required = Object.keys(properties).filter((property) => !optional.includes(property));
  return {
    type: 'object',
    description,
    properties,
    ...(required.length > 0 && { required }),
    ...(!isOpen && { additionalProperties: false }),
  };
}

function entry(): Record<string, object> {
  return {
    tier: { enum: ['memory', 'store'] },
    freshness: freshness(),
    ageMs: { type: 'integer' },
    ttlLeftMs: msOrNull(),
    size: count(),
    tags: list(text()),
    loadMs: { type: 'integer' },
    isError: { type: 'boolean' },
    position: count(),
  };
}

function traffic(): object {
  return object('The traffic of a key.', {
    key: text(),
    requests: count(),
    misses: count(),
    bytes: count(),
    savedMs: { type: 'number', minimum: 0 },
  });
}

function nodes(): object {
  return { $ref: '#/components/schemas/Nodes' };
}

function freshness(): object {
  return { enum: ['fresh', 'stale', 'expired'] };
}

function msOrNull(): object {
  return { type: ['integer', 'null'], description: 'Ms until it stops being fresh, below 0 since then; null: never.' };
}

function count(): object {
  return { type: 'integer', minimum: 0 };
}

function text(): object {
  return { type: 'string' };
}

function name(): object {
  return { type: 'string', minLength: 1, maxLength: 8_192 };
}

function names(): object {
  return { type: 'array', items: name(), minItems: 1, maxItems: 1_000 };
}

function list(items: object): object {
  return { type: 'array', items };
}
