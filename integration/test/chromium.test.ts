import { expect } from 'chai';
import { chromium, type Browser, type Response } from 'playwright-core';
import { makeHttpOrigin } from '#src/http-origin.js';
import { Opened } from '#src/opened.js';
import { programPath } from '#src/programs.js';
import { makeProxy } from '#src/test-proxy.js';

/** The smallest PNG: one transparent pixel. */
const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNkYPhfDwAChwGA60e6kgAAAABJRU5ErkJggg==',
  'base64',
);

const FILES: Readonly<Record<string, readonly [type: string, content: string | Buffer]>> = {
  '/': [
    'text/html',
    '<!doctype html><link rel="stylesheet" href="/a.css"><link rel="icon" href="data:,"><p id="said">not yet</p>' +
      '<img src="/a.png" alt=""><a href="/next">next</a><script src="/a.js"></script>',
  ],
  '/next': ['text/html', '<!doctype html><link rel="icon" href="data:,"><p id="said">next page</p>'],
  '/a.css': ['text/css', '#said { color: rgb(1, 2, 3) }'],
  '/a.js': ['application/javascript', "document.querySelector('#said').textContent = 'script ran'"],
  '/a.png': ['image/png', PIXEL],
};

describe('Chromium through the proxy', function () {
  this.timeout(60_000);
  const opened = new Opened();
  let browser: Browser;
  before(async () => {
    browser = await chromium.launch({ executablePath: programPath('chromium'), args: ['--no-sandbox'] });
  });
  afterEach(() => opened.close());
  after(() => browser.close());

  it('shows a page with style, script and image; a reload gets HITs; back and forward work; nothing is complained about', async () => {
    const origin = await makeHttpOrigin(opened, ({ url }, response) => {
      const file = FILES[url!];
      if (file === undefined) return void response.writeHead(404).end();
      // The browser is to ask each time, so that what it gets is the proxy's; the proxy may keep it for a minute.
      response.writeHead(200, {
        'Content-Type': file[0],
        ETag: `"${url}"`,
        'Cache-Control': 'no-cache',
        'CDN-Cache-Control': 'max-age=60',
      });
      response.end(file[1]);
    });
    const { url } = await makeProxy(opened, origin.url, { policy: { requestDirectives: 'ignore' } });
    const page = await browser.newPage();
    opened.add(page, () => page.close());
    const complaints: string[] = [];
    page.on('console', (message) => complaints.push(`${message.type()}: ${message.text()}`));
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('requestfailed', (request) => complaints.push(`${request.url()} failed`));
    const answers: Response[] = [];
    page.on('response', (response) => answers.push(response));
    const words = () =>
      answers.splice(0).map((answer) => [new URL(answer.url()).pathname, answer.headers()['x-cache']]);

    await page.goto(url, { waitUntil: 'load' });
    const said = await page.textContent('#said');
    const color = await page.evaluate("getComputedStyle(document.querySelector('#said')).color");
    const image = await page.evaluate("document.querySelector('img').naturalWidth");
    const first = words();
    const asked = origin.requests.length;
    await page.reload({ waitUntil: 'load' });
    const reloaded = words();
    await page.click('a');
    await page.waitForURL('**/next');
    await page.goBack();
    const back = await page.textContent('#said');
    await page.goForward();
    const forward = await page.textContent('#said');

    expect([said, color, image]).to.deep.equal(['script ran', 'rgb(1, 2, 3)', 1]);
    expect(new Set(first.map(([, word]) => word))).to.deep.equal(new Set(['MISS']));
    expect(reloaded.map(([path]) => path)).to.include('/');
    expect(new Set(reloaded.map(([, word]) => word))).to.deep.equal(new Set(['HIT']));
    expect([back, forward]).to.deep.equal(['script ran', 'next page']);
    // What the reload asked for was there; only the second page is new.
    expect(origin.requests.slice(asked).map((request) => request.url)).to.deep.equal(['/next']);
    expect(complaints).to.deep.equal([]);
  });
});
