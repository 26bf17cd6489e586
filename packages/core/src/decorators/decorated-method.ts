import type { EntryOptions } from '../policy/cache-options.js';

/** What the decorators take: a method that returns a promise. `any` lets a decorator accept every list of parameters. */
export type AsyncMethod = (...args: any[]) => Promise<unknown>;

/** What the promise of a method resolves to. */
export type ResultOf<M extends AsyncMethod> = Awaited<ReturnType<M>>;

/** One call of a decorated method, for callbacks. */
export interface Call<S, M extends AsyncMethod> {
  /** The instance; the class itself for a static method. */
  readonly self: S;
  readonly args: Parameters<M>;
  /** Name of the method. */
  readonly method: string;
}

/** A callback that reads the result and the call. */
export type FromResult<S, M extends AsyncMethod, R> = (value: ResultOf<M>, call: Call<S, M>) => R;

/** A key family whose arguments the method begins with. `parts` is a property, so that its parameters are compared strictly. */
export interface KeyDefFor<M extends AsyncMethod> {
  readonly family: string;
  readonly parts: (...args: Parameters<M>) => readonly unknown[];
  of(...args: Parameters<M>): { readonly key: string };
}

/** The instance type: the standard protocol tells it in the context (`T`), the legacy one as the target (`L`). */
export type SelfOf<L, T> = unknown extends T ? L : T;

/** Entry options that a decorator takes as they are, because they do not read the result. */
export type PlainEntryOptions = Omit<EntryOptions, 'ttl' | 'tags' | 'when' | 'unless'>;

/**
 * A method decorator under both protocols: `experimentalDecorators` calls the first signature, TC39 decorators the second.
 *
 * Inference hangs on the form: the whole method type `M` is inferred (not its parameters and result apart), both return
 * `void` (not the method's type), and the instance has a type parameter for each protocol. Every simpler form fails to
 * compile on generic or overloaded methods, or loses the types of callbacks.
 */
export interface CacheWarpDecorator<L, T, M extends AsyncMethod> {
  (target: L, name: string | symbol, descriptor: TypedPropertyDescriptor<M>): void;
  (method: AsyncMethod, context: ClassMethodDecoratorContext<T, M>): void;
}
