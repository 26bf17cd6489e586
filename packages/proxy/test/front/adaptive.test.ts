import { expect } from 'chai';
import { ask, xCache } from '../support/clients.js';
import { httpOrigin, Opened } from '../support/origins.js';
import { makeProxy } from '../support/proxies.js';

describe('a proxy with an adaptive rule', () => {
  const opened = new Opened();
  afterEach(() => opened.close());

  it('keeps what states no freshness, and explains by URL for how long and why', async () => {
    const origin = await httpOrigin(opened, (_, response) => {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<p>hello</p>');
    });
    const { url, adminUrl } = await makeProxy(opened, origin.url, {
      rules: [{ path: '/news/**', cache: { ttlMode: 'adaptive', adaptive: { staleBudget: 0.05 } } }],
      admin: { port: 0 },
    });
    expect([await xCache(`${url}/news/1`), await xCache(`${url}/news/1`)]).to.deep.equal(['MISS', 'HIT']);
    expect([await xCache(`${url}/other`), await xCache(`${url}/other`)]).to.deep.equal(['MISS', 'MISS']);

    const target = encodeURIComponent(`${url}/news/1`);
    const explained = JSON.parse(utf8((await ask(`${adminUrl}/explain?url=${target}`)).body)) as {
      rule: string;
      adaptive: Record<string, unknown>;
      steps: { rule: string; saw: string; concluded: string }[];
    };
    expect(explained.rule).to.equal('/news/**');
    expect(explained.adaptive).to.include({
      class: '/news/**',
      contentType: 'text/html',
      staleBudget: 0.05,
      changes: 0,
      price: 2,
      minSeconds: 1,
      maxSeconds: 600,
      isShadow: false,
    });
    const step = explained.steps.find(({ rule }) => rule === 'adaptive ttl')!;
    expect(step.saw).to.equal('X 0 changes in E 0 s: λ 0.000278/s, r 0.0167/s, price μ 2');
    // √(1 + 2 · (1/60) · 3600 / 2) = √61; (√61 − 1) · 60 = 408.6 s, less up to a tenth.
    expect(step.concluded).to.match(/^ttl (?:3[67]\d|3[89]\d|40\d)(?:\.\d)? s, from 1 to 600 s$/);
  });

  it('only advises in shadow mode', async () => {
    const origin = await httpOrigin(opened, (_, response) => response.end('hello'));
    const { url, adminUrl } = await makeProxy(opened, origin.url, {
      policy: { defaultTtl: '30s', adaptive: { shadow: true } },
      admin: { port: 0 },
    });
    expect([await xCache(url), await xCache(url)]).to.deep.equal(['MISS', 'HIT']);
    const { body } = await ask(`${adminUrl}/explain?url=${encodeURIComponent(url)}`);
    const { stored, adaptive } = JSON.parse(body) as { stored: { freshFor: number }; adaptive: { isShadow: boolean } };
    expect(stored.freshFor).to.be.within(28, 30);
    expect(adaptive.isShadow).to.equal(true);
  });
});

/** `ask` reads a byte as a character. */
function utf8(text: string): string {
  return Buffer.from(text, 'latin1').toString('utf8');
}
