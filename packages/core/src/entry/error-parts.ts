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
  const own = { ...(error as object as Record<string, unknown>) };
  if (error instanceof DOMException) {
    const { message, name, stack } = error;
    return { type: 'DOMException', hidden: { message, name, stack }, own };
  }
  const type = nearestBuiltIn(error);
  const hidden: Record<string, unknown> = {};
  for (const name of HIDDEN_MEMBERS) {
    if (Object.hasOwn(error, name) && !Object.hasOwn(own, name)) hidden[name] = (error as never)[name];
  }
  const isNamedByClass = error.name === type || Object.hasOwn(error, 'name');
  if (!isNamedByClass) hidden['name'] = error.name;
  return { type, hidden, own };
}

/**
 * Makes the error again, as the nearest built-in class.
 * @param prototype - of which class it is to be instead; a DOMException has its own
 */
export function putTogether({ type, hidden, own }: ErrorParts, prototype?: object): Error {
  const error = makeWithoutStack(type, hidden);
  if (prototype !== undefined && type !== 'DOMException') Object.setPrototypeOf(error, prototype);
  for (const name of type === 'DOMException' ? ['stack'] : HIDDEN_MEMBERS) {
    if (Object.hasOwn(hidden, name)) define(error, name, hidden[name], false);
    else Reflect.deleteProperty(error, name);
  }
  for (const name of Object.keys(own)) define(error, name, own[name], true);
  return error;
}

/** Capturing a stack costs more than all the rest, with source maps milliseconds, and this one would be thrown away. */
function makeWithoutStack(type: string, { message, name }: Record<string, unknown>): Error {
  const limit = Error.stackTraceLimit;
  // Reflect.set does not throw where the realm's objects are frozen.
  Reflect.set(Error, 'stackTraceLimit', 0);
  try {
    if (type === 'DOMException') return new DOMException(String(message), String(name));
    if (type === 'AggregateError') return new AggregateError([]);
    return new (BUILT_IN_ERRORS.get(type) ?? Error)();
  } finally {
    Reflect.set(Error, 'stackTraceLimit', limit);
  }
}

function define(error: Error, name: string, value: unknown, enumerable: boolean): void {
  Object.defineProperty(error, name, { value, enumerable, writable: true, configurable: true });
}

function nearestBuiltIn(error: Error): string {
  let prototype: object | null = Object.getPrototypeOf(error);
  for (; prototype !== null; prototype = Object.getPrototypeOf(prototype)) {
    const name: unknown = Object.hasOwn(prototype, 'constructor') ? prototype.constructor.name : undefined;
    if (typeof name === 'string' && (BUILT_IN_ERRORS.has(name) || name === 'AggregateError')) return name;
  }
  return 'Error';
}
