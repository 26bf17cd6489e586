import { expect } from 'chai';

import { DEFAULT_SEMANTICS_OPTIONS, semanticsOptions } from '#src/semantics/semantics-options.js';

describe('semanticsOptions', () => {
  it('fills in the defaults', () => {
    expect(semanticsOptions()).to.deep.equal(DEFAULT_SEMANTICS_OPTIONS);
    expect(semanticsOptions({ shared: false })).to.deep.equal({ ...DEFAULT_SEMANTICS_OPTIONS, shared: false });
  });

  it('lower-cases the targets, and freezes everything', () => {
    const options = semanticsOptions({ targets: ['Acme-Cache-Control'] });
    expect(options.targets).to.deep.equal(['acme-cache-control']);
    expect(Object.isFrozen(options) && Object.isFrozen(options.targets)).to.equal(true);
  });
});
