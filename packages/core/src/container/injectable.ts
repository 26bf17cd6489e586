import 'reflect-metadata';
import { injectable } from 'tsyringe';
import { InvalidOptionError } from '../base/errors.js';

// A class with any constructor, as tsyringe's own types have it.
// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Constructor<T = object> = abstract new (...args: any[]) => T;
type Instances<D extends readonly Constructor[]> = { [I in keyof D]: D[I] extends Constructor<infer T> ? T : never };
type ConstructedFrom<D extends readonly Constructor[]> = new (...dependencies: Instances<D>) => object;

/**
 * tsyringe's `@injectable()` for both decorator protocols. Standard decorators emit no constructor types, so there the
 * dependencies are listed; a wrong order or number is a compile error: `@Injectable(UserRepository, Mailer)`.
 * Under `emitDecoratorMetadata` the list may be left out.
 * @throws InvalidOptionError, when the class is defined, if it needs dependencies and neither a list nor metadata names them
 */
export function Injectable(): (target: new (...args: never[]) => object, context?: ClassDecoratorContext) => void;
export function Injectable<const D extends readonly [Constructor, ...Constructor[]]>(
  ...dependencies: D
): (target: ConstructedFrom<D>, context?: ClassDecoratorContext) => void;
export function Injectable(...dependencies: readonly Constructor[]) {
  return (target: new (...args: never[]) => object): void => {
    if (dependencies.length > 0) {
      Reflect.defineMetadata('design:paramtypes', dependencies, target);
    } else if (target.length > 0 && !Reflect.hasOwnMetadata('design:paramtypes', target)) {
      throw new InvalidOptionError(
        `@Injectable() of ${target.name}`,
        'must list the dependencies of the constructor, @Injectable(Dep1, Dep2)',
        dependencies,
      );
    }
    injectable()(target);
  };
}
