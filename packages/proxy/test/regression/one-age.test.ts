import { Agent } from 'node:http';
import { expect } from 'chai';
import { ask } from '../support/clients.js';
import { httpOrigin, Opened } from '../support/origins.js';
import { makeProxy } from '../support/proxies.js';

/*
 * Fresh hits are written from the stored fields with Age and X-Cache behind them. When the origin was itself behind a cache, the stored
 * fields held its Age and its X-Cache, too, and clients got two of each: the older Age first, so that whoever reads the first line
 * took the answer for younger than it was. The longer way through HttpCache had always replaced them, and hid it.
 */
describe('regression: one Age', () => {
  const opened = new Opened();
  afterEach(() => opened.close());

  for (const [how, keepAlive] of [
    ['kept alive', true],
    ['closed behind the answer', false],
  ] as const) {
    it(`a hit has one Age and one X-Cache though the origin sends its own, on a connection ${how}`, async () => {
      const origin = await httpOrigin(opened, (_, response) => {
        response
          .writeHead(200, { 'Cache-Control': 'max-age=600', Age: '30', 'X-Cache': 'Hit from elsewhere' })
          .end('a');
      });
      const { url } = await makeProxy(opened, origin.url);
      const agent = new Agent({ keepAlive });
      opened.add(() => agent.destroy());
      await ask(url, { agent });

      const { rawHeaders } = await ask(url, { agent });

      const valuesOf = (name: string) => rawHeaders.filter((_, at) => rawHeaders[at - 1]?.toLowerCase() === name);
      expect(valuesOf('age').map(Number)).to.have.length(1);
      expect(Number(valuesOf('age')[0])).to.be.at.least(30);
      expect(valuesOf('x-cache')).to.deep.equal(['HIT']);
    });
  }
});
