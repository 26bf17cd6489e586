/** Which decorator protocol this file was compiled for: the tests in this folder are compiled for both. */
export const protocol: 'experimentalDecorators' | 'standard decorators' = (() => {
  let isStandard = false;
  const probe = (_target: unknown, nameOrContext: unknown, _descriptor?: unknown): void => {
    isStandard = typeof nameOrContext === 'object';
  };
  class Probed {
    @probe
    method(): void {}
  }
  void Probed;
  return isStandard ? 'standard decorators' : 'experimentalDecorators';
})();

/** A name of a key family that the other compilation of the same test does not have. */
export function familyName(name: string): string {
  return `${protocol === 'standard decorators' ? 'std' : 'exp'}.${name}`;
}
