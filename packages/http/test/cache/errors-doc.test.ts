import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { OriginError } from '#src/cache/origin-error.js';

describe('docs/errors.md', () => {
  it('has a paragraph for the error of this package, which names every kind of failure', () => {
    const documented = readFileSync(new URL('../../../../docs/errors.md', import.meta.url), 'utf8');
    const { code } = new OriginError('unreachable', 'x');
    const paragraph = documented.split('### ').find((part) => part.startsWith(`\`${code}\``));
    for (const failure of ['unreachable', 'timeout', 'overloaded', 'incomplete']) {
      expect(paragraph).to.contain(`\`${failure}\``);
    }
  });
});
