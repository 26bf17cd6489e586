import { expect } from 'chai';
import { ServiceMaker } from '../support/make-service.js';
import type { Backing } from '#src/backing/backing.js';

describe('the end of the service', () => {
  const services = new ServiceMaker();
  afterEach(() => services.closeAll());

  it('answers what was asked before it ends, as the last on its connection', async () => {
    let release!: () => void;
    const loading = new Promise<void>((resolve) => (release = resolve));
    let isLoading!: () => void;
    const begun = new Promise<void>((resolve) => (isLoading = resolve));
    const backing: Backing = {
      load: async () => {
        isLoading();
        await loading;
        return { contentType: 'text/plain', body: Buffer.from('late') };
      },
      write: () => Promise.resolve(),
      remove: () => Promise.resolve(),
    };
    const service = await services.make({ backing });
    const asked = service.get('a');
    await begun;
    const drained = service.drain();
    release();
    const { status, text, headers } = await asked;
    expect([status, text, headers.get('connection')]).to.deep.equal([200, 'late', 'close']);
    expect(await drained).to.deep.equal({ lost: 0 });
  });
});
