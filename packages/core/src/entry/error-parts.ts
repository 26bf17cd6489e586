/** What makes up an error, for writing or copying it. */
export interface ErrorParts {
  /** The nearest built-in class: `TypeError` for a subclass of it, `Error` for other classes, or `DOMException`. */
  readonly type: string;
  /** Members that do not enumerate: message, stack, cause, errors; name, where the class alone would not say it. */
  readonly hidden: Record<string, unknown>;
  /** Members that enumerate: code, statusCode and their like. */
  readonly own: Record<string, unknown>;
}

type BuiltInError = new (message?: string) => Error;

const BUILT_IN_ERRORS = new Map<string, BuiltInError>([
  ['Error', Error],
  ['TypeError', TypeError],
  ['RangeError', RangeError],
  ['SyntaxError', SyntaxError],
  ['ReferenceError', ReferenceError],
  ['EvalError', EvalError],
  ['URIError', URIError],
]);

const HIDDEN_MEMBERS = ['message', 'stack', 'cause', 'errors', 'name'];

/** Reads an error into its parts. The stack is one of them: it says where the load failed, which the reader cannot know. */
export function takeApart(error: Error): ErrorParts {
  if (error instanceof DOMException) {
    const { message, name, stack } = error;
    return { type: 'DOMException', hidden: { message, name, stack }, own: {} };
  }
  const type = nearestBuiltIn(error);
  const own: Record<string, unknown> = { ...error };
  const hidden: Record<string, unknown> = {};
  for (const name of HIDDEN_MEMBERS) {
    if (Object.hasOwn(error, name) && !Object.hasOwn(own, name)) hidden[name] = (error as never)[name];
  }
  const isNamedByClass = error.name === type || Object.hasOwn(error, 'name');
  if (!isNamedByClass) hidden['name'] = error.name;
  return { type, hidden, own };
}

/** Makes the error again, as the nearest built-in class. */
export function restoreError(parts: ErrorParts): Error {
  const { type, hidden, own } = parts;
  if (type === 'DOMException') {
    const exception = new DOMException(String(hidden['message']), String(hidden['name']));
    defineHidden(exception, 'stack', hidden['stack']);
    return exception;
  }
  return fill(
    type === 'AggregateError' ? new AggregateError([]) : new (BUILT_IN_ERRORS.get(type) ?? Error)(),
    hidden,
    own,
  );
}

/** Gives a newly made error the members of another, and none besides. */
export function fill(error: Error, hidden: Record<string, unknown>, own: Record<string, unknown>): Error {
  for (const name of HIDDEN_MEMBERS) {
    if (Object.hasOwn(hidden, name)) defineHidden(error, name, hidden[name]);
    else delete (error as unknown as Record<string, unknown>)[name];
  }
  for (const name of Object.keys(own)) {
    Object.defineProperty(error, name, { value: own[name], enumerable: true, writable: true, configurable: true });
  }
  return error;
}

function defineHidden(error: Error, name: string, value: unknown): void {
  Object.defineProperty(error, name, { value, enumerable: false, writable: true, configurable: true });
}

function nearestBuiltIn(error: Error): string {
  let prototype: object | null = Object.getPrototypeOf(error);
  for (; prototype !== null; prototype = Object.getPrototypeOf(prototype)) {
    const name: unknown = Object.hasOwn(prototype, 'constructor') ? prototype.constructor.name : undefined;
    if (typeof name === 'string' && (BUILT_IN_ERRORS.has(name) || name === 'AggregateError')) return name;
  }
  return 'Error';
}
