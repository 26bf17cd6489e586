import { expect } from 'chai';
import { makeAdmin, type Partly } from '../make-admin.js';

const TOKEN = 'correct-horse';
const bearer = (token: string): { authorization: string } => ({ authorization: `Bearer ${token}` });
const AWAY = '10.0.0.7';

describe('the guard of the admin API', () => {
  describe('without a token', () => {
    it('answers this machine, by each of its addresses and names', async () => {
      const { send } = makeAdmin();
      for (const remoteAddress of ['127.0.0.1', '127.8.8.8', '::1', '::ffff:127.0.0.1']) {
        for (const host of ['localhost:3000', '127.0.0.1:3000', '[::1]:3000', 'localhost']) {
          const answer = await send('DELETE', '/invalidate/k', { remoteAddress, headers: { host } });
          expect(answer.status, `${remoteAddress} as ${host}`).to.equal(200);
        }
      }
    });

    const strangers: [string, Partly][] = [
      ['another machine', { remoteAddress: AWAY }],
      ['nobody knows where', { remoteAddress: undefined }],
      ['a proxy on this machine that says for whom', { headers: { 'x-forwarded-for': AWAY } }],
      ['a proxy on this machine that says so in the standard way', { headers: { forwarded: `for=${AWAY}` } }],
      ['a page whose name was made to resolve to this machine', { headers: { host: 'rebind.example:3000' } }],
      ['a request without a host', { headers: { host: undefined } }],
    ];
    for (const [who, request] of strangers) {
      it(`refuses ${who}, reading and changing`, async () => {
        const { send, cache } = makeAdmin();
        await cache.set('k', 1);
        expect((await send('GET', '/stats', request)).status).to.equal(403);
        expect((await send('DELETE', '/invalidate/k', request)).status).to.equal(403);
        expect(cache.peek('k')).to.equal(1);
      });
    }

    it('takes further host names from the options', async () => {
      const { send } = makeAdmin({ allowedHosts: ['api.internal'] });
      expect((await send('GET', '/stats', { headers: { host: 'API.internal:3000' } })).status).to.equal(200);
    });
  });

  describe('with a token', () => {
    it('wants it for unsafe methods, also from this machine', async () => {
      const { send, cache } = makeAdmin({ token: TOKEN });
      await cache.set('k', 1);
      const refused = await send('DELETE', '/invalidate/k');
      expect([refused.status, refused.headers['www-authenticate']]).to.deep.equal([401, 'Bearer realm="cachewarp"']);
      expect((await send('DELETE', '/invalidate/k', { headers: bearer('correct-horsf') })).status).to.equal(401);
      expect(cache.peek('k')).to.equal(1);
      expect((await send('DELETE', '/invalidate/k', { headers: bearer(TOKEN) })).status).to.equal(200);
      expect(cache.peek('k')).to.equal(undefined);
    });

    it('wants it for everything from elsewhere, and lets this machine read without it', async () => {
      const { send } = makeAdmin({ token: TOKEN });
      expect((await send('GET', '/stats')).status).to.equal(200);
      for (const target of ['/stats', '/health', '/metrics', '/keys', '/explain?key=k']) {
        expect((await send('GET', target, { remoteAddress: AWAY })).status, target).to.equal(401);
        const known = { remoteAddress: AWAY, headers: { host: 'cache.internal', ...bearer(TOKEN) } };
        expect((await send('GET', target, known)).status, target).to.equal(200);
      }
    });

    it('takes the scheme in any letter case, and no other scheme', async () => {
      const { send } = makeAdmin({ token: TOKEN });
      const remoteAddress = AWAY;
      expect(
        (await send('GET', '/stats', { remoteAddress, headers: { authorization: `bearer ${TOKEN}` } })).status,
      ).to.equal(200);
      expect(
        (await send('GET', '/stats', { remoteAddress, headers: { authorization: `Basic ${TOKEN}` } })).status,
      ).to.equal(401);
    });

    it('turns an address away after ten wrong tokens, even with the right one, for a minute', async () => {
      const { send, clock } = makeAdmin({ token: TOKEN });
      const wrong = { remoteAddress: AWAY, headers: bearer('wrong') };
      const right = { remoteAddress: AWAY, headers: bearer(TOKEN) };
      for (let attempt = 0; attempt < 10; attempt++) expect((await send('GET', '/stats', wrong)).status).to.equal(401);

      const limited = await send('GET', '/stats', right);

      expect([limited.status, limited.headers['retry-after']]).to.deep.equal([429, '60']);
      expect((await send('GET', '/stats', { ...right, remoteAddress: '10.0.0.8' })).status).to.equal(200);
      clock.advance(60_000);
      expect((await send('GET', '/stats', right)).status).to.equal(200);
    });

    it('opens parts to everybody when told to, for reading only', async () => {
      const { send } = makeAdmin({ token: TOKEN, open: ['health'] });
      expect((await send('GET', '/health/live', { remoteAddress: AWAY })).status).to.equal(200);
      expect((await send('DELETE', '/health', { remoteAddress: AWAY })).status).to.equal(401);
      expect((await send('GET', '/stats', { remoteAddress: AWAY })).status).to.equal(401);
    });

    it('holds unsafe methods to the host names that were named', async () => {
      const { send } = makeAdmin({ token: TOKEN, allowedHosts: ['cache.internal'] });
      const as = (host: string): Partly => ({ remoteAddress: AWAY, headers: { host, ...bearer(TOKEN) } });
      expect((await send('DELETE', '/invalidate/k', as('cache.internal:9000'))).status).to.equal(200);
      expect((await send('DELETE', '/invalidate/k', as('other.example'))).json()).to.include({
        status: 403,
        field: 'Host',
      });
    });
  });

  describe('against pages of other sites', () => {
    it('refuses unsafe methods from another origin, token or not', async () => {
      for (const token of [undefined, TOKEN]) {
        const { send } = makeAdmin(token === undefined ? {} : { token });
        for (const origin of ['http://evil.example', 'null', 'http://localhost:4000']) {
          const answer = await send('DELETE', '/invalidate/k', { headers: { origin, ...bearer(TOKEN) } });
          expect(answer.json(), origin).to.include({ status: 403, field: 'Origin', value: origin });
        }
      }
    });

    it('lets a page of the same origin through', async () => {
      const answer = await makeAdmin().send('DELETE', '/invalidate/k', {
        headers: { origin: 'http://localhost:3000' },
      });
      expect(answer.status).to.equal(200);
    });

    it('refuses what a browser marks as coming from another site', async () => {
      const answer = await makeAdmin().send('DELETE', '/invalidate/k', { headers: { 'sec-fetch-site': 'cross-site' } });
      expect(answer.status).to.equal(403);
    });

    it('never allows another origin to read (no CORS)', async () => {
      const answer = await makeAdmin().send('GET', '/stats', { headers: { origin: 'http://evil.example' } });
      expect(Object.keys(answer.headers).filter((name) => name.startsWith('access-control'))).to.deep.equal([]);
    });
  });
});
