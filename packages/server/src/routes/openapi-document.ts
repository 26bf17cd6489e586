import { resolveLimits, type Limits } from '../base/limits.js';
import { HEADERS, parameters, RESPONSES } from './openapi-components.js';
import { paths } from './openapi-paths.js';
import { schemas } from './openapi-schemas.js';

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
