import { InvalidOptionError } from '@cachewarp/core';
import { notePrefix } from './route-metadata.js';

// A prefix is joined with the handlers' paths as it is.
const PREFIX = /^(?:\/[^/?#\s]+)*$/;

/** A class decorator under both protocols. */
export type ControllerDecorator = (
  controller: abstract new (...args: never[]) => object,
  context?: ClassDecoratorContext,
) => void;

/**
 * Marks a class as a controller for `mountControllers`.
 *
 * @param prefix - what the paths of its routes begin with: `/api/users`; `''` for none
 * @throws InvalidOptionError when the prefix does not begin with `/`, or ends with one
 */
export function Controller(prefix: string): ControllerDecorator {
  if (typeof prefix !== 'string' || !PREFIX.test(prefix)) {
    throw new InvalidOptionError(
      '@Controller prefix',
      "must be '' or a path such as '/api/users', without a slash at its end",
      prefix,
    );
  }
  return (controller) => notePrefix(controller, prefix);
}
