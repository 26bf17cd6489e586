import { Ajv2020 } from 'ajv/dist/2020.js';
import { expect } from 'chai';
import { openApiDocument } from '#src/routes/openapi-document.js';

interface Operation {
  readonly responses: Readonly<Record<string, Reply & { $ref?: string }>>;
}

interface Reply {
  readonly content?: Readonly<Record<string, { schema: object }>>;
  readonly headers?: Readonly<Record<string, { $ref: string }>>;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly headers: Readonly<Record<string, { schema: object }>> };
}

const document = openApiDocument() as Document;
const ajv = new Ajv2020({ strict: false, allErrors: true });
ajv.addSchema(document, 'openapi');

/** What an answer is checked by. */
interface Given {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly json: unknown;
}

/** Fails unless the OpenAPI document describes such an answer to such a request. */
export function checkAnswer(method: string, target: string, given: Given): void {
  const where = `${method} ${target} ${given.status}`;
  const path = pathOf(target.split('?', 1)[0]!, method);
  const operation = path === undefined ? undefined : document.paths[path]?.[method.toLowerCase()];
  if (operation === undefined) {
    // HEAD is GET where the document does not name it. Whatever else is not described must be refused.
    if (method === 'HEAD' || method === 'OPTIONS') return;
    expect(given.status, where).to.be.oneOf([400, 401, 403, 404, 405, 414, 429]);
    checkSchema({ $ref: 'openapi#/components/schemas/Problem' }, given.json, where);
    return;
  }
  const described = operation.responses[String(given.status)] ?? operation.responses['4XX'];
  expect(described, `${where} is described`).not.to.equal(undefined);
  const isReference = described!.$ref !== undefined;
  const reply = isReference
    ? { content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } } }
    : described!;
  for (const [name, { $ref }] of Object.entries(reply.headers ?? {})) {
    const { schema } = document.components.headers[$ref.split('/').at(-1)!]!;
    const value = given.headers.get(name);
    expect(value, `${where} ${name}`).not.to.equal(null);
    checkSchema(schema, (schema as { type: string }).type === 'integer' ? Number(value) : value, `${where} ${name}`);
  }
  if (reply.content === undefined || method === 'HEAD') {
    expect(given.text, where).to.equal('');
    return;
  }
  const type = (given.headers.get('content-type') ?? '').split(';', 1)[0]!;
  const media = reply.content[type] ?? reply.content['*/*'];
  expect(media, `${where} ${type} is described`).not.to.equal(undefined);
  if (reply.content[type] !== undefined) checkSchema(absolute(media!.schema), given.json, where);
}

function pathOf(path: string, method: string): string | undefined {
  if (document.paths[path]?.[method.toLowerCase()] !== undefined) return path;
  return path.startsWith('/cache/') ? '/cache/{key}' : path in document.paths ? path : undefined;
}

function absolute(schema: object): object {
  return JSON.parse(JSON.stringify(schema).replaceAll('"#/', '"openapi#/')) as object;
}

const compiled = new Map<string, ReturnType<typeof ajv.compile>>();

function checkSchema(schema: object, value: unknown, where: string): void {
  const id = JSON.stringify(schema);
  let validate = compiled.get(id);
  if (validate === undefined) compiled.set(id, (validate = ajv.compile(schema)));
  if (!validate(value)) expect.fail(`${where}: ${ajv.errorsText(validate.errors)}`);
}
