import { Barrier } from '@cachewarp/core/testing';
import { expect } from 'chai';
import { ask, begin } from '#src/http-client.js';
import { makeHttpOrigin } from '#src/http-origin.js';
import { Opened } from '#src/opened.js';
import { makeProxy } from '#src/test-proxy.js';

describe('a purge while the purged URL is being filled', () => {
  const opened = new Opened();
  afterEach(() => opened.close());

  /** An origin whose first answer stops in the middle of its body. */
  async function makeSlowFill(stopsBeforeHead = false) {
    const middle = new Barrier();
    const origin = await makeHttpOrigin(opened, async (_, response, count) => {
      const fields = { 'Cache-Control': 'max-age=60', 'Surrogate-Key': 'posts page', 'Content-Length': 8 };
      if (count > 1) return void response.writeHead(200, fields).end(`answer ${count}`);
      if (stopsBeforeHead) await middle.pass();
      response.writeHead(200, fields).write('answ');
      await middle.pass();
      response.end('er 1');
    });
    const proxy = await makeProxy(opened, origin.url);
    // Once the client has the head, so has the proxy, and with it the tags.
    const beginning = begin(opened, `${proxy.url}/posts/1`);
    await (stopsBeforeHead ? middle.reached : beginning);
    const filling = beginning.then((answer) => answer.rest());
    return { middle, proxy, filling };
  }

  const orders = [
    ['by key', (key: (target: string) => string) => ({ key: key('/posts/1') })],
    ['by a tag of its answer', () => ({ tag: 'posts' })],
    ['by prefix', (key: (target: string) => string) => ({ prefix: key('/posts/') })],
    ['of everything', () => ({ all: true })],
  ] as const;

  for (const [how, order] of orders) {
    it(`${how}: the next request goes to the origin, and the old body is never served again`, async () => {
      const { middle, proxy, filling } = await makeSlowFill();

      await proxy.purge(order(proxy.key));
      const next = await ask(`${proxy.url}/posts/1`);
      middle.open();
      const first = await filling;
      const later = await ask(`${proxy.url}/posts/1`);

      expect([next.text, next.cache]).to.deep.equal(['answer 2', 'MISS']);
      expect(first).to.equal('answer 1');
      expect([later.text, later.cache]).to.deep.equal(['answer 2', 'HIT']);
    });

    it(`${how}: what was filled meanwhile is not kept, though nobody asked before it was complete`, async () => {
      const { middle, proxy, filling } = await makeSlowFill();

      await proxy.purge(order(proxy.key));
      middle.open();
      const first = await filling;
      const next = await ask(`${proxy.url}/posts/1`);

      expect(first).to.equal('answer 1');
      expect([next.text, next.cache]).to.deep.equal(['answer 2', 'MISS']);
    });

    it(`${how}: it holds also when the origin has not yet sent the head, so that no tag is known`, async () => {
      const { middle, proxy, filling } = await makeSlowFill(true);

      await proxy.purge(order(proxy.key));
      middle.open();
      await filling;
      const next = await ask(`${proxy.url}/posts/1`);

      expect([next.text, next.cache]).to.deep.equal(['answer 2', 'MISS']);
    });
  }
});
