import { readFileSync } from 'node:fs';
import { jsonResponse, type AdminResponse } from '../message/admin-message.js';
import type { AdminPart, AdminSettings } from '../access/admin-options.js';
import { openapiSchemas } from './openapi-schemas.js';

const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string;
};

/** `GET /openapi.json`: this API as an OpenAPI 3.1 document, with the paths that it has here. */
export function openapiDocument({ paths, token }: AdminSettings): AdminResponse {
  const described: Record<string, object> = {};
  for (const [part, items] of Object.entries(OPERATIONS) as [AdminPart, Record<string, object>][]) {
    const path = paths[part];
    if (path === undefined) continue;
    for (const [rest, item] of Object.entries(items)) described[path + rest] = item;
  }
  return jsonResponse({
    openapi: '3.1.0',
    info: {
      title: 'CacheWarp admin API',
      version,
      description:
        'Looks into a cache, explains its decisions, and invalidates. Errors are problem+json (RFC 9457). ' +
        'Without a token it answers requests of its own machine only.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: '/', description: 'This listener' }],
    tags: TAGS,
    // Without a token configured there is none to send; with one, reading from this machine works without.
    security: token === undefined ? [{}] : [{ bearer: [] }, {}],
    paths: described,
    components: {
      securitySchemes: { bearer: { type: 'http', scheme: 'bearer' } },
      schemas: openapiSchemas,
      responses: {
        Problem: {
          description: 'What is wrong, with the field and the value at fault.',
          content: { 'application/problem+json': { schema: ref('Problem') } },
        },
      },
    },
  });
}

const TAGS = [
  { name: 'health', description: 'For probes and load balancers.' },
  { name: 'metrics', description: 'What is counted.' },
  { name: 'keys', description: 'What is kept, and what would happen to a request.' },
  { name: 'invalidation', description: 'What is to be kept no longer, and who said so.' },
  { name: 'dashboard', description: 'The page for people, and what feeds it.' },
];

const OPERATIONS: Readonly<Record<AdminPart, Record<string, object>>> = {
  health: {
    '': get('health', 'getHealth', 'Whether the cache works', { 200: json('Health') }),
    '/ready': get('health', 'getReady', 'Whether the process takes requests', {
      200: json('Health'),
      503: { ...json('Health'), description: 'The process is about to end.' },
    }),
    '/live': get('health', 'getLive', 'Whether the process answers', { 200: json('Live') }),
  },
  metrics: {
    '': get('metrics', 'getMetrics', 'Everything that is counted, for Prometheus', {
      200: { description: 'The text format of Prometheus.', content: { 'text/plain': { schema: text() } } },
    }),
    '/cache': get('metrics', 'getCacheMetrics', 'The numbers people ask for first', { 200: json('CacheMetrics') }),
  },
  stats: {
    '': get('metrics', 'getStats', 'Everything the cache counts', { 200: json('Stats') }),
  },
  keys: {
    '': get('keys', 'listKeys', 'The keys in memory, page by page', { 200: json('KeyPage') }, [
      query('prefix', 'Only keys that begin with this.', { type: 'string' }),
      limit(),
      query('cursor', 'The cursor of the page before.', { type: 'string' }),
    ]),
    '/{key}': get('keys', 'getKey', 'Everything known of one key', { 200: json('KeyDetails'), 404: problem() }, [
      key(),
    ]),
  },
  top: {
    '': get('keys', 'getTop', 'The keys that lead by requests, misses, bytes and time saved', { 200: json('Top') }, [
      limit(),
    ]),
  },
  invalidate: {
    '': {
      post: {
        tags: ['invalidation'],
        operationId: 'invalidate',
        summary: 'Invalidates or expires, or tells what that would concern',
        requestBody: { required: true, content: { 'application/json': { schema: ref('Order') } } },
        responses: { 200: json('Invalidated'), 413: problem(), ...refusals() },
      },
    },
    '/{key}': {
      delete: {
        tags: ['invalidation'],
        operationId: 'deleteKey',
        summary: 'Invalidates a key, whether it is there or not',
        parameters: [key()],
        responses: { 200: json('Deleted'), ...refusals() },
      },
    },
  },
  audit: {
    '': get('invalidation', 'listAudit', 'The newest invalidations: who, when, what, why', { 200: json('Audit') }, [
      limit(),
      query('by', 'Only those of whoever has this name.', { type: 'string' }),
    ]),
  },
  explain: {
    '': get('keys', 'explain', 'What a request would get now, and why, step by step', { 200: json('Explanation') }, [
      query('key', 'The key to explain.', { type: 'string' }),
      query('url', 'The URL to explain, as clients ask for it.', { type: 'string' }),
    ]),
  },
  events: {
    '': get('dashboard', 'getEvents', 'Metrics and happenings as they come', {
      200: {
        description:
          'Server-sent events: `state`, `history`, then every second `frame` (values of the metrics that changed), `happenings`, and ' +
          'every five seconds `top`.',
        content: { 'text/event-stream': { schema: text() } },
      },
      503: problem(),
    }),
  },
  'openapi.json': {
    '': get('dashboard', 'getOpenapi', 'This document', {
      200: { description: 'OpenAPI 3.1.', content: { 'application/json': { schema: { type: 'object' } } } },
    }),
  },
  dashboard: {
    '': get('dashboard', 'getDashboard', 'The page for people', {
      200: { description: 'HTML.', content: { 'text/html': { schema: text() } } },
    }),
    '/{file}': get(
      'dashboard',
      'getDashboardFile',
      'What the page is made of',
      { 200: { description: 'A file.', content: { '*/*': { schema: text() } } }, 404: problem() },
      [{ name: 'file', in: 'path', required: true, description: 'Its name.', schema: { type: 'string' } }],
    ),
  },
};

function get(tag: string, operationId: string, summary: string, responses: object, parameters: object[] = []): object {
  const operation = { tags: [tag], operationId, summary, responses: { ...responses, ...refusals() } };
  return { get: parameters.length === 0 ? operation : { ...operation, parameters } };
}

function json(schema: keyof typeof openapiSchemas): { description: string; content: object } {
  return { description: openapiSchemas[schema].description, content: { 'application/json': { schema: ref(schema) } } };
}

function ref(schema: keyof typeof openapiSchemas): object {
  return { $ref: `#/components/schemas/${schema}` };
}

function problem(): object {
  return { $ref: '#/components/responses/Problem' };
}

/** What every operation may answer. */
function refusals(): object {
  return { 400: problem(), 401: problem(), 403: problem(), 429: problem() };
}

function query(name: string, description: string, schema: object): object {
  return { name, in: 'query', description, schema };
}

function limit(): object {
  return query('limit', 'How many at most.', { type: 'integer', minimum: 1, maximum: 1_000 });
}

function key(): object {
  return {
    name: 'key',
    in: 'path',
    required: true,
    description: 'The key, as it is or URL-encoded; the rest of the target, `/` and `?` included.',
    schema: { type: 'string' },
  };
}

function text(): object {
  return { type: 'string' };
}
