/** The media type of values and answers. */
export const JSON_TYPE = 'application/json';

/** What entity tags look like. */
export const ETAG = {
  description: 'A strong validator.',
  schema: { type: 'string', pattern: '^"[A-Za-z0-9_-]{22}"$' },
};

export function json(description: string, name: string): object {
  return { description, content: { [JSON_TYPE]: { schema: schema(name) } } };
}

/** What any route may answer, and what this one may beside it. */
export function refusals(...statuses: readonly number[]): Record<string, object> {
  return Object.fromEntries(
    [...statuses, 401, 403, 429, 503].map((status) => [String(status), ref('responses', 'Problem')]),
  );
}

export function schema(name: string): object {
  return ref('schemas', name);
}

export function ref(kind: string, name: string): object {
  return { $ref: `#/components/${kind}/${name}` };
}
