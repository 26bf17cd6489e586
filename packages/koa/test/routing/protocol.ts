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
