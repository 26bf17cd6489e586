import type { Limits } from '../base/limits.js';
import { JSON_TYPE, json, ref, refusals, schema } from './openapi-parts.js';

const ENTRY_HEADERS = {
  ETag: ref('headers', 'ETag'),
  Age: ref('headers', 'Age'),
  'Cache-Control': ref('headers', 'TimeLeft'),
};

/** What can be asked of the service. */
export function paths(limits: Limits): object {
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
