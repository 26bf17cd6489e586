import 'reflect-metadata';
import { InvalidOptionError } from '../base/errors.js';
import { METADATA } from '../base/symbol-metadata.js';
import type { Bindable } from '../container/bound-cache.js';
import type { AsyncMethod } from './decorated-method.js';

/** A class, as far as the decorators look at it. */
export interface Owner {
  readonly name: string;
  readonly prototype: object;
}

/** What a decorated method is called on: an instance, or a class for a static method. */
export type Receiver = Bindable & { readonly constructor?: unknown };

/** Where a decorator stands: what both protocols tell of it, in one form. */
export interface MethodSite {
  readonly name: string | symbol;
  readonly isStatic: boolean;
  /** A `#private` method: never overridden, and no name of a property. */
  readonly isPrivate: boolean;
  /** The function that the decorator was given: the method, or what decorators below have made of it. */
  readonly method: AsyncMethod;
  /**
   * Stands for the class while it is being defined: its prototype, the class itself for a static method, or the metadata
   * object of the standard protocol. Undefined where a compiler offers none.
   */
  readonly home: object | undefined;
}

/** A decorator of methods, serving both protocols. */
export function decorateMethods(decorator: string, wrap: (site: MethodSite) => AsyncMethod) {
  return (target: unknown, nameOrContext: unknown, descriptor?: PropertyDescriptor): unknown => {
    if (typeof nameOrContext === 'object' && nameOrContext !== null) {
      const context = nameOrContext as ClassMethodDecoratorContext;
      if (context.kind !== 'method') throw notAMethod(decorator, context.name);
      const { name, static: isStatic, private: isPrivate, metadata } = context;
      const method = target as AsyncMethod;
      return dress(wrap({ name, isStatic, isPrivate, method, home: metadata }), method);
    }
    const name = nameOrContext as string | symbol | undefined;
    if (typeof descriptor?.value !== 'function') throw notAMethod(decorator, name);
    const method = descriptor.value as AsyncMethod;
    const isStatic = typeof target === 'function';
    descriptor.value = dress(wrap({ name: name!, isStatic, isPrivate: false, method, home: target as object }), method);
    return undefined;
  };
}

function notAMethod(decorator: string, name: string | symbol | undefined): InvalidOptionError {
  return new InvalidOptionError(
    `@${decorator}`,
    'must decorate a method',
    name === undefined ? 'a class' : String(name),
  );
}

const NOT_COPIED = new Set(['arguments', 'caller', 'prototype']);

/** Makes the wrapper look like the method: name, length, own properties, and what `Reflect.metadata` has noted on it. */
function dress(wrapper: AsyncMethod, method: AsyncMethod): AsyncMethod {
  for (const key of Reflect.ownKeys(method)) {
    if (NOT_COPIED.has(key as string)) continue;
    Object.defineProperty(wrapper, key, Object.getOwnPropertyDescriptor(method, key)!);
  }
  for (const key of Reflect.getOwnMetadataKeys(method) as unknown[]) {
    Reflect.defineMetadata(key, Reflect.getOwnMetadata(key, method), wrapper);
  }
  return wrapper;
}

/** The class whose results a receiver's are: that of the instance, or the receiver itself for a static method. */
export function ownerOf(site: MethodSite, receiver: Receiver | null | undefined): Owner | undefined {
  const owner = site.isStatic ? receiver : receiver?.constructor;
  return typeof owner === 'function' ? owner : undefined;
}

/** The class and those it extends, nearest first. */
export function* lineage(owner: Owner): Generator<Owner> {
  for (let current: unknown = owner; isClass(current); current = Object.getPrototypeOf(current)) yield current;
}

function isClass(value: unknown): value is Owner {
  // Function.prototype, the end of the line, is callable but has no prototype of its own.
  return typeof value === 'function' && 'prototype' in value && value.prototype !== undefined;
}

/** What stands for a class in {@link MethodSite.home}, under either protocol. */
export function homesOf(owner: Owner, isStatic: boolean): object[] {
  const legacy = isStatic ? owner : owner.prototype;
  const metadata: unknown = Object.hasOwn(owner, METADATA) ? (owner as never)[METADATA] : undefined;
  return metadata === undefined ? [legacy] : [legacy, metadata as object];
}

/** The class, from `owner` upwards, that declares the method; undefined where that cannot be told. */
export function declaringClass(owner: Owner, site: MethodSite): Owner | undefined {
  for (const current of lineage(owner)) {
    if (site.home !== undefined && homesOf(current, site.isStatic).includes(site.home)) return current;
  }
  return undefined;
}

/** Whether the class itself, not one it extends, has a member of that name. */
export function hasOwnMember(owner: Owner, name: string | symbol, isStatic: boolean): boolean {
  return Object.hasOwn(isStatic ? owner : owner.prototype, name);
}

/** How a method is called in messages and in the audit: `UserService.findById`. */
export function methodText(owner: Owner | undefined, name: string | symbol): string {
  return `${owner === undefined || owner.name === '' ? '(anonymous class)' : owner.name}.${String(name)}`;
}
