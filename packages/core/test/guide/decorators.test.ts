import 'reflect-metadata';
import { rejects } from 'node:assert/strict';
import { AsyncLocalStorage } from 'node:async_hooks';
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { container } from 'tsyringe';
import { bindCaching } from '#src/container/bind-caching.js';
import { Injectable } from '#src/container/injectable.js';
import { registerCacheWarp } from '#src/container/register-cache-warp.js';
import { CACHE } from '#src/container/tokens.js';
import { CacheResponse } from '#src/decorators/cache-response.js';
import { Invalidates } from '#src/decorators/invalidates.js';
import { cacheOf } from '#src/decorators/method-handle.js';
import { defineKey } from '#src/key/key-family.js';

/*
 * The code of docs/decorators.md, which is compared with this file line by line, and what that page says of it.
 */

interface Product {
  readonly id: string;
  readonly name: string;
  readonly shelf: string;
}

class ProductTable {
  loads = 0;
  readonly rows = new Map<string, Product>([['42', { id: '42', name: 'Rake', shelf: 'garden' }]]);

  async load(id: string): Promise<Product> {
    this.loads++;
    const product = this.rows.get(id);
    if (product === undefined) throw new Error(`no product ${id}`);
    return product;
  }

  async page(_shelf: string, page: number): Promise<Product[]> {
    this.loads++;
    return page === 1 ? [...this.rows.values()] : [];
  }

  async delete(id: string): Promise<void> {
    this.rows.delete(id);
  }

  async rename(id: string, name: string): Promise<Product> {
    const product = { ...this.rows.get(id)!, name };
    this.rows.set(id, product);
    return product;
  }
}

export const productById = defineKey('product', (id: string) => [id], { version: 2 });

class ProductService {
  constructor(private readonly products: ProductTable) {}

  @CacheResponse('5m', { key: productById, tags: (product) => [`shelf:${product.shelf}`], staleIfError: '1h' })
  async findById(id: string): Promise<Product> {
    return this.products.load(id);
  }

  @CacheResponse(120, { tags: ['products'] })
  async list(shelf: string, page = 1): Promise<Product[]> {
    return this.products.page(shelf, page);
  }

  @Invalidates(productById, { tag: 'products' })
  async remove(id: string): Promise<void> {
    await this.products.delete(id);
  }

  @Invalidates((product) => [productById.of(product.id), { tag: `shelf:${product.shelf}` }])
  async rename(id: string, name: string): Promise<Product> {
    return this.products.rename(id, name);
  }
}

interface Quote {
  readonly symbol: string;
  readonly price: number;
  readonly isFinal: boolean;
}

let quoted = 0;
const fetchQuote = async (symbol: string): Promise<Quote> => ({
  symbol,
  price: symbol === 'NONE' ? 0 : ++quoted,
  isFinal: symbol === 'CLOSED',
});

class QuoteService {
  readonly region = 'eu';

  @CacheResponse((quote) => (quote.isFinal ? '1d' : '10s'), {
    tags: (quote, call) => [`${call.self.region}:${quote.symbol}`],
    unless: (quote) => quote.price === 0,
  })
  async quote(symbol: string): Promise<Quote> {
    return fetchQuote(symbol);
  }
}

let searches = 0;
const runSearch = async (tenant: string, text: string): Promise<string[]> => [tenant, text, `${++searches}`];

class SearchService {
  tenant = 'acme';

  @CacheResponse('1m', {
    key(query) {
      return [this.tenant, query.text.trim().toLowerCase()];
    },
  })
  async search(query: { text: string; traceId: string }): Promise<string[]> {
    return runSearch(this.tenant, query.text);
  }
}

let plan = 'free';
const currentPlan = (): string => plan;
const loadText = async (id: string, locale: string | undefined): Promise<string> => `${id} in ${locale}`;
const loadBanner = async (of: string): Promise<string> => `banner of ${of}`;

const requests = new AsyncLocalStorage<{ tenant: string; locale: string }>();

class TextService {
  @CacheResponse('1h', { context: ['locale'] }) // only this one
  async translate(id: string): Promise<string> {
    return loadText(id, requests.getStore()?.locale);
  }

  @CacheResponse('1h', { context: { tenant: true, plan: () => currentPlan() } }) // a declared one, and one of its own
  async banner(): Promise<string> {
    return loadBanner(currentPlan());
  }
}

type Order = { readonly id: string };

const orderTable = {
  inserted: [] as Order[],
  async insert(order: Order): Promise<void> {
    this.inserted.push(order);
  },
};
const commits: (() => Promise<void>)[] = [];
const currentTransaction = () => ({ onCommit: (run: () => Promise<void>) => void commits.push(run) });

class OrderService {
  @Invalidates({ tag: 'orders' }, { before: true })
  async importAll(orders: Order[]): Promise<void> {
    for (const order of orders) await orderTable.insert(order);
  }

  @Invalidates({ tag: 'orders' }, { afterCommit: (run) => currentTransaction().onCommit(run) })
  async add(order: Order): Promise<void> {
    await orderTable.insert(order);
  }
}

@Injectable(ProductTable)
class Stock {
  constructor(readonly products: ProductTable) {}
}

describe('docs/decorators.md', () => {
  afterEach(() => container.reset());

  const root = import.meta.url.split('/packages/')[0]!;
  const page = readFileSync(new URL(`${root}/docs/decorators.md`), 'utf8');
  const lines = (text: string): string[] => text.split('\n').map((line) => line.trim());
  const snippets = [...page.matchAll(/^```ts\n(.*?)^```$/gms)].map((match) => match[1]!);

  it('shows code that is in this file, line by line', () => {
    const code = new Set(lines(readFileSync(new URL(`${root}/packages/core/test/guide/decorators.test.ts`), 'utf8')));
    expect(snippets).to.have.length(8);
    for (const line of snippets.flatMap(lines)) {
      if (!line.startsWith('import ')) expect([...code], line).to.include(line);
    }
  });

  it('imports what the package exports', () => {
    const index = readFileSync(new URL(`${root}/packages/core/src/index.ts`), 'utf8');
    const named = [...page.matchAll(/import \{(.*?)\} from '@cachewarp\/core'/g)].flatMap((match) =>
      match[1]!.split(','),
    );
    expect(named.length).to.be.greaterThan(3);
    for (const name of named) expect(index).to.match(new RegExp(`\\b${name.trim()}\\b`));
  });

  it('is true of the products', async () => {
    registerCacheWarp(container, { memory: { maxBytes: '64mb' } });
    const table = new ProductTable();
    const service = new ProductService(table);
    for (let round = 0; round < 3; round++) await service.findById('42');
    for (let round = 0; round < 3; round++) await service.list('garden', 2);
    expect(table.loads).to.equal(2);
    expect(container.resolve(CACHE).keys().toSorted()).to.deep.equal([
      'ProductService.list("garden",2)',
      'product@2("42")',
    ]);

    await service.rename('42', 'Spade');
    expect((await service.findById('42')).name).to.equal('Spade');
    await service.remove('42');
    await rejects(service.findById('42'), { message: 'no product 42' });
    expect(await service.list('garden')).to.deep.equal([]);
  });

  it('is true of handles', async () => {
    registerCacheWarp(container);
    const service = new ProductService(new ProductTable());
    const product: Product = { id: '42', name: 'Hoe', shelf: 'garden' };
    const { findById } = cacheOf(service);

    findById.keyFor('42'); // 'product@2("42")'
    findById.peek('42'); // Product | undefined: what is fresh in memory, synchronously
    expect([findById.keyFor('42'), findById.peek('42')]).to.deep.equal(['product@2("42")', undefined]);
    await findById.prime(product, '42'); // keeps it as though the method had returned it
    expect(findById.peek('42')).to.equal(product);
    await findById.refresh('42'); // runs the method whatever is stored
    expect(findById.peek('42')?.name).to.equal('Rake');
    await findById.invalidate('42');
    expect(findById.peek('42')).to.equal(undefined);
  });

  it('is true of quotes and searches', async () => {
    const cache = registerCacheWarp(container);
    const quotes = new QuoteService();
    expect([await quotes.quote('X'), await quotes.quote('X')].map(({ price }) => price)).to.deep.equal([1, 1]);
    await cache.invalidate({ tag: 'eu:X' });
    expect((await quotes.quote('X')).price).to.equal(2);
    await quotes.quote('NONE');
    expect(cacheOf(quotes).quote.peek('NONE')).to.equal(undefined);

    const search = new SearchService();
    const first = await search.search({ text: 'Rake ', traceId: '1' });
    expect(await search.search({ text: 'rake', traceId: '2' })).to.equal(first);
    search.tenant = 'globex';
    expect(await search.search({ text: 'rake', traceId: '3' })).to.not.equal(first);
  });

  it('is true of context', async () => {
    registerCacheWarp(container, {
      context: {
        tenant: () => requests.getStore()?.tenant,
        locale: () => requests.getStore()?.locale,
      },
    });
    const texts = new TextService();
    const keys = requests.run({ tenant: 'acme', locale: 'de' }, () => [
      cacheOf(texts).translate.keyFor('hello'),
      cacheOf(texts).banner.keyFor(),
    ]);
    expect(keys).to.deep.equal([
      'TextService.translate("hello")[locale="de"]',
      'TextService.banner()[plan="free",tenant="acme"]',
    ]);
    expect(await requests.run({ tenant: 'acme', locale: 'de' }, () => texts.translate('hello'))).to.equal(
      'hello in de',
    );
    expect(await texts.banner()).to.equal('banner of free');
    plan = 'paid';
    expect(await texts.banner()).to.equal('banner of paid');
  });

  it('is true of orders', async () => {
    const cache = registerCacheWarp(container);
    const orders = new OrderService();
    await orders.importAll([{ id: '1' }]);
    expect(cache.history()).to.have.length(2);
    await orders.add({ id: '2' });
    expect(cache.history()).to.have.length(2);
    await commits[0]!();
    expect(cache.history()).to.have.length(3);
    expect(orderTable.inserted).to.have.length(2);
  });

  it('is true of child containers and of injection', async () => {
    const tenant = container.createChildContainer();
    registerCacheWarp(tenant, { name: 'acme' });
    bindCaching(tenant, SearchService);

    const search = tenant.resolve(SearchService); // uses the cache 'acme'
    await search.search({ text: 'a', traceId: '1' });
    expect(tenant.resolve(CACHE).keys()).to.deep.equal(['SearchService.search("acme","a")']);
    expect(container.createChildContainer().resolve(Stock).products).to.be.instanceOf(ProductTable);
  });
});
