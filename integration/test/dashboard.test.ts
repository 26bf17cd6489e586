import { setTimeout as sleep } from 'node:timers/promises';
import { redisStore } from '@cachewarp/redis';
import { startProxy, type Proxy, type ProxyOptions } from '@cachewarp/proxy';
import { expect } from 'chai';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { ask } from '#src/http-client.js';
import { makeHttpOrigin, type HttpOrigin } from '#src/http-origin.js';
import { Opened } from '#src/opened.js';
import { programPath } from '#src/programs.js';
import { makeProxyProcess } from '#src/proxy-process.js';
import { RedisServer } from '#src/redis-server.js';

/** A page of the dashboard that is looked at, and what the browser complained of. */
interface Looked {
  readonly page: Page;
  readonly complaints: string[];
}

describe('the dashboard', function () {
  this.timeout(90_000);
  const opened = new Opened();
  let browser: Browser;
  let context: BrowserContext;
  before(async () => {
    browser = await chromium.launch({ executablePath: programPath('chromium'), args: ['--no-sandbox'] });
  });
  beforeEach(async () => {
    context = await browser.newContext({ viewport: { width: 1360, height: 900 } });
    context.setDefaultTimeout(20_000);
    opened.add(context, (it) => it.close());
  });
  afterEach(() => opened.close());
  after(() => browser.close());

  /** An origin whose answers are tagged by their first letter. */
  const makeOrigin = (): Promise<HttpOrigin> =>
    makeHttpOrigin(opened, ({ url }, response) => {
      response
        .writeHead(200, { 'Cache-Control': 'max-age=600', 'Cache-Tag': `letter:${url![1]}` })
        .end(`body of ${url}`);
    });

  async function serve(origin: string, options: Partial<ProxyOptions> = {}): Promise<Proxy> {
    const proxy = await startProxy({ origin, host: '127.0.0.1', port: 0, admin: { port: 0 }, ...options });
    return opened.add(proxy, (it) => it.close());
  }

  async function look(url: string, expectedComplaints: RegExp = /^$/): Promise<Looked> {
    const page = await context.newPage();
    const complaints: string[] = [];
    page.on('console', (message) => {
      if (!expectedComplaints.test(message.text())) complaints.push(`${message.type()}: ${message.text()}`);
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(url);
    await page.locator('#connection[data-state=live]').waitFor();
    return { page, complaints };
  }

  it('shows traffic as it comes, with the figures of GET /metrics, under a policy that allows no inline script', async () => {
    const origin = await makeOrigin();
    const proxy = await serve(origin.url);
    const { page, complaints } = await look(`${proxy.adminUrl!}/`);
    await page.locator('#tail', { hasText: 'Nothing yet.' }).waitFor();

    for (let request = 0; request < 40; request++) await ask(`${proxy.url}/a${request % 4}`);

    await page.locator('#tiles', { hasText: '40 since start' }).waitFor();
    await page.locator('#tiles', { hasText: '90 %' }).waitFor();
    const row = page.locator('#routes tr', { hasText: 'default' });
    expect(await row.locator('td').allTextContents()).to.include.members(['90 %', '40']);
    await page.locator('#keys', { hasText: `GET:${proxy.url}/a3` }).waitFor();
    const [hits] = await page.locator('#tail .word-hit').allTextContents();
    expect(hits).to.equal('hit');
    await page.locator('#reasons', { hasText: 'cold' }).waitFor();
    expect(await row.locator('td').allTextContents()).to.include('cold');
    const metrics = (await ask(`${proxy.adminUrl!}/metrics`)).text;
    const total = [...metrics.matchAll(/^cachewarp_requests_total\{[^}]*\} (\d+)$/gm)].map(([, value]) =>
      Number(value),
    );
    expect(total.reduce((sum, value) => sum + value)).to.equal(40);

    const answer = await ask(`${proxy.adminUrl!}/`);
    expect(answer.headers['content-security-policy']).to.include("default-src 'none'").and.not.include('unsafe');
    expect(complaints).to.deep.equal([]);
  });

  it('purges by tag what it has shown before, and writes it down', async () => {
    const origin = await makeOrigin();
    const proxy = await serve(origin.url);
    for (const path of ['/a1', '/a2', '/b1']) await ask(proxy.url + path);
    const { page, complaints } = await look(`${proxy.adminUrl!}/`);
    await page.getByRole('tab', { name: 'In memory' }).click();
    await page.locator('#keys-total', { hasText: '3 of 3' }).waitFor();

    await page.selectOption('#purge-kind', 'tag');
    await page.fill('#purge-name', 'letter:a');
    expect(await page.isDisabled('#purge-go')).to.equal(true);
    await page.press('#purge-name', 'Enter');
    await page.locator('#purge-answer', { hasText: 'Would drop 2 entries in memory.' }).waitFor();
    expect(await page.locator('#purge-answer li').allTextContents()).to.deep.equal([
      `GET:${proxy.url}/a1`,
      `GET:${proxy.url}/a2`,
    ]);
    // What is previewed is what is purged: another name wants another preview.
    await page.fill('#purge-name', 'letter:b');
    expect(await page.isDisabled('#purge-go')).to.equal(true);
    await page.fill('#purge-name', 'letter:a');
    await page.click('#purge-preview');
    await page.fill('#purge-reason', 'a bad deploy');
    await page.click('#purge-preview');
    await page.click('#purge-go');

    await page.locator('#keys-total', { hasText: '1 of 1' }).waitFor();
    expect(await page.locator('#keys-list .link').allTextContents()).to.deep.equal([`GET:${proxy.url}/b1`]);
    const [row] = await page.locator('#history tr').all();
    expect((await row!.locator('td').allTextContents()).slice(1)).to.deep.equal([
      'tag:letter:a',
      '2',
      'admin API dashboard: a bad deploy',
    ]);
    await page.selectOption('#purge-kind', 'all');
    await page.click('#purge-preview');
    await page.click('#purge-go');
    await page.locator('#keys-list', { hasText: 'Nothing is kept in memory.' }).waitFor();
    expect(complaints).to.deep.equal([]);
  });

  it('explains a key from its row, with the keyboard alone', async () => {
    const origin = await makeOrigin();
    const proxy = await serve(origin.url);
    await ask(`${proxy.url}/a1`);
    const { page, complaints } = await look(`${proxy.adminUrl!}/`);
    const key = `GET:${proxy.url}/a1`;
    await page.locator('#keys .link', { hasText: key }).focus();
    await page.keyboard.press('Enter');
    const body = page.locator('#inspector-body');
    await body.locator('.verdict', { hasText: 'A request now would be a hit.' }).waitFor();
    expect(await body.textContent())
      .to.include('memory')
      .and.include('letter:a');
    await page.keyboard.press('Escape');
    await page.locator('#inspector').waitFor({ state: 'hidden' });

    // A URL is explained by the rules of HTTP, a purged one by who purged it.
    await proxy.cache.invalidate({ tag: 'letter:a' }, { by: 'PostsController.create' });
    await page.keyboard.press('/');
    await page.keyboard.type(`${proxy.url}/a1`);
    await page.keyboard.press('Enter');
    await body.locator('.verdict', { hasText: 'invalidated by PostsController.create' }).waitFor();
    expect(await body.locator('.steps').textContent()).to.include('RFC 9111');
    expect(complaints).to.deep.equal([]);
  });

  it('shows within five seconds that the origin is down, where one looks first', async () => {
    const origin = await makeOrigin();
    const proxy = await serve(origin.url, { upstream: { retries: 0 } });
    await ask(`${proxy.url}/a1`);
    const { page, complaints } = await look(`${proxy.adminUrl!}/`);
    await page.locator('#health', { hasText: 'Origin ok' }).waitFor();

    origin.server.closeAllConnections();
    origin.server.close();
    for (let request = 0; request < 30; request++) await ask(`${proxy.url}/down${request}`);

    await page.locator('#health .chip[data-mood=bad]', { hasText: 'Origin open' }).waitFor({ timeout: 5_000 });
    expect(await page.locator('#origins').textContent()).to.include('breaker open');
    expect(complaints).to.deep.equal([]);
  });

  it('shows within five seconds that Redis is down, and that it is back', async () => {
    const origin = await makeOrigin();
    const redis = await RedisServer.start(opened);
    const proxy = await serve(origin.url, { cache: { store: redisStore({ url: redis.url }) } });
    await ask(`${proxy.url}/a1`);
    const { page, complaints } = await look(`${proxy.adminUrl!}/`);
    await page.locator('#health', { hasText: 'Redis ok' }).waitFor();
    await page.locator('#tiers', { hasText: 'redis' }).waitFor();
    expect(await page.locator('#tiers').textContent()).to.include('breaker closed');

    await redis.kill();
    const asking = setInterval(() => void ask(`${proxy.url}/b${Date.now()}`).catch(() => undefined), 20);
    opened.add(asking, (it) => clearInterval(it));
    await page.locator('#health .chip[data-mood=bad]', { hasText: 'Redis down' }).waitFor({ timeout: 5_000 });

    await redis.start();
    await page.locator('#health', { hasText: 'Redis ok' }).waitFor({ timeout: 30_000 });
    expect(complaints).to.deep.equal([]);
  });

  it('shows how many processes share the Redis, and that one of them is missing', async () => {
    const origin = await makeOrigin();
    const redis = await RedisServer.start(opened);
    const proxy = await serve(origin.url, { cache: { store: redisStore({ url: redis.url }) } });
    const other = await makeProxyProcess(opened, { origin: origin.url, admin: { port: 0 } }, 0, redis.url);
    const { page, complaints } = await look(`${proxy.adminUrl!}/`);
    await page.locator('#health .chip[data-mood=good]', { hasText: '2 processes' }).waitFor({ timeout: 5_000 });

    await other.kill();
    const missing = page.locator('#health .chip[data-mood=bad]', { hasText: '1 of 2 processes' });
    await missing.waitFor({ timeout: 5_000 });
    expect(await missing.getAttribute('title')).to.match(/^no answer from [\w.-]+:\d+:[0-9a-f]{8}$/);

    await redis.kill();
    await page.locator('#health .chip', { hasText: 'only this process shown' }).waitFor({ timeout: 5_000 });
    expect(complaints).to.deep.equal([]);
  });

  it('asks for the token when it is needed, and says when it is wrong', async () => {
    const origin = await makeOrigin();
    const proxy = await serve(origin.url, { admin: { port: 0, token: 'open-sesame' } });
    await ask(`${proxy.url}/a1`);
    const { page, complaints } = await look(`${proxy.adminUrl!}/`, /401/);

    await page.fill('#purge-name', 'letter:a');
    await page.click('#purge-preview');
    await page.locator('#token-input').waitFor();
    await page.keyboard.type('wrong');
    await page.keyboard.press('Enter');
    await page.locator('#token-complaint', { hasText: 'The bearer token is not valid.' }).waitFor();
    await page.keyboard.type('open-sesame');
    await page.keyboard.press('Enter');
    await page.locator('#purge-answer', { hasText: 'Would drop 1 entry in memory.' }).waitFor();

    // Who gives none is told so, and the page goes on.
    await page.evaluate('sessionStorage.clear()');
    await page.click('#purge-preview');
    await page.locator('#token-input').waitFor();
    await page.keyboard.press('Escape');
    await page.locator('#purge-answer', { hasText: 'A bearer token is required.' }).waitFor();
    expect(complaints).to.deep.equal([]);
  });

  it('says when the process is gone, keeps what it has shown, and comes back by itself', async () => {
    const origin = await makeOrigin();
    const first = await serve(origin.url);
    const port = Number(new URL(first.adminUrl!).port);
    await ask(`${first.url}/a1`);
    const { page, complaints } = await look(`${first.adminUrl!}/`, /ERR_|Failed to load resource/);
    await page.locator('#tiles', { hasText: '1 since start' }).waitFor();

    await first.close();
    await page.locator('#notice', { hasText: 'Not connected' }).waitFor();
    expect(await page.locator('#tiles').textContent()).to.include('1 since start');

    const second = await serve(origin.url, { admin: { port } });
    await page.locator('#connection[data-state=live]').waitFor();
    expect(await page.isHidden('#notice')).to.equal(true);
    for (let request = 0; request < 3; request++) await ask(`${second.url}/b1`);
    await page.locator('#tiles', { hasText: '3 since start' }).waitFor();
    expect(complaints).to.deep.equal([]);
  });

  it('can be used at the width of a phone, in the dark', async () => {
    const origin = await makeOrigin();
    const proxy = await serve(origin.url);
    for (let request = 0; request < 10; request++)
      await ask(`${proxy.url}/a-rather-long-path/${'x'.repeat(60)}/${request}`);
    const { page, complaints } = await look(`${proxy.adminUrl!}/`);
    await page.setViewportSize({ width: 390, height: 844 });
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.locator('#keys .link').first().waitFor();

    expect(await page.evaluate('document.documentElement.scrollWidth')).to.equal(390);
    expect(await page.evaluate('document.documentElement.dataset.theme')).to.equal('dark');
    await page.locator('#keys .link').first().click();
    await page.locator('#inspector .verdict').waitFor();
    const box = (await page.locator('#inspector').boundingBox())!;
    expect([box.x >= 0, box.x + box.width <= 390]).to.deep.equal([true, true]);
    expect(complaints).to.deep.equal([]);
  });

  it('takes what clients send for text, wherever it shows it', async () => {
    const origin = await makeOrigin();
    const proxy = await serve(origin.url);
    const evil = '<img src=x onerror=document.title=1>';
    await proxy.cache.set(evil, 1, { tags: [evil] });
    await proxy.cache.getOrLoad(evil, () => 2);
    const { page, complaints } = await look(`${proxy.adminUrl!}/`);
    await page.locator('#keys .link', { hasText: evil }).click();
    await page.locator('#inspector .tag', { hasText: evil }).waitFor();
    await page.keyboard.press('Escape');
    await proxy.cache.invalidate({ tag: evil }, { by: evil, reason: evil });
    await page.locator('#tail', { hasText: evil }).waitFor();
    await page.check('#history-all');
    await page.locator('#history', { hasText: evil }).waitFor();
    await sleep(50);
    expect(await page.locator('main img, dialog img').count()).to.equal(0);
    expect(await page.title()).to.not.equal('1');
    expect(complaints).to.deep.equal([]);
  });
});
