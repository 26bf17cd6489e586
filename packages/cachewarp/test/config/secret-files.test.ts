import { join } from 'node:path';
import { expect } from 'chai';
import { withSecretFiles } from '#src/config/secret-files.js';
import { CommandError } from '#src/exit-codes.js';
import { makeDirectory } from '../support/make-directory.js';

describe('secrets in files', () => {
  it('count as if they stood in the variable, without the end of the line', () => {
    const directory = makeDirectory({ token: 's3cr3t\n' });
    const path = join(directory.path, 'token');
    expect(withSecretFiles({ CACHEWARP_ADMIN_TOKEN_FILE: path })).to.include({ CACHEWARP_ADMIN_TOKEN: 's3cr3t' });
    directory.remove();
  });

  it('are only read for settings that are secrets', () => {
    expect(withSecretFiles({ CACHEWARP_PORT_FILE: '/nowhere' })).to.not.have.property('CACHEWARP_PORT');
  });

  it('must not contradict the variable, and must be there', () => {
    const both = { CACHEWARP_ADMIN_TOKEN: 'a', CACHEWARP_ADMIN_TOKEN_FILE: '/b' };
    expect(() => withSecretFiles(both)).to.throw(CommandError, 'must not be set beside CACHEWARP_ADMIN_TOKEN');
    const missing = { CACHEWARP_ADMIN_TOKEN_FILE: '/nowhere/token' };
    expect(() => withSecretFiles(missing)).to.throw(CommandError, 'CACHEWARP_ADMIN_TOKEN_FILE cannot be read');
  });
});
