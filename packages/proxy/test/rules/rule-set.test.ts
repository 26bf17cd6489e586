import { HeaderFields, type HttpPolicy, type HttpRequest } from '@cachewarp/http';
import { expect } from 'chai';
import type { ProxyRule } from '#src/rules/rule-options.js';
import { RuleSet } from '#src/rules/rule-set.js';

describe('RuleSet', () => {
  const request = (target: string, parts: Partial<HttpRequest> = {}): HttpRequest => ({
    method: 'GET',
    scheme: 'http',
    authority: 'a.example',
    target,
    headers: HeaderFields.empty,
    ...parts,
  });
  const answer = (type: string, status = 200) => ({
    status,
    headers: HeaderFields.fromObject({ 'Content-Type': type }),
  });
  const nameOf = (rules: readonly ProxyRule[], asked: HttpRequest): string => new RuleSet(rules).routeOf(asked).name;

  /** The policy for an answer, as the cache would ask for it. */
  function policyOf(rules: RuleSet, asked: HttpRequest, got: ReturnType<typeof answer>): HttpPolicy | false {
    const { policy } = rules.routeOf(asked);
    return policy.forAnswer === undefined ? policy : policy.forAnswer(asked, got);
  }

  it('takes the first rule that matches by path, method and host, and else the default', () => {
    const rules: ProxyRule[] = [
      { name: 'host', host: 'B.example', path: '/x' },
      { name: 'method', method: 'POST', path: '/x' },
      { path: ['/x', '/y/**'] },
      { name: 'never', path: '/x' },
    ];
    expect(nameOf(rules, request('/x'))).to.equal('/x /y/**');
    expect(nameOf(rules, request('/x', { authority: 'b.example' }))).to.equal('host');
    expect(nameOf(rules, request('/x', { method: 'POST' }))).to.equal('method');
    expect(nameOf(rules, request('/z'))).to.equal('default');
    expect(new RuleSet(rules).names).to.deep.equal(['host', 'method', '/x /y/**', 'never', 'default']);
  });

  it('holds for HEAD where it holds for GET', () => {
    expect(nameOf([{ name: 'get', method: 'GET' }], request('/', { method: 'HEAD' }))).to.equal('get');
  });

  it('lays the options of a rule over those of the proxy', () => {
    const rules = new RuleSet([{ path: '/x', cache: { defaultTtl: '5s' } }], { staleIfError: '1h', defaultTtl: '1m' });
    expect(rules.routeOf(request('/x')).policy.semantics).to.include({
      defaultTtlMs: 5_000,
      staleIfErrorMs: 3_600_000,
    });
    expect(rules.routeOf(request('/y')).policy.semantics).to.include({ defaultTtlMs: 60_000 });
  });

  it('passes requests by the cache where a rule says false', () => {
    const { policy } = new RuleSet([{ path: '/x', cache: false }]).routeOf(request('/x'));
    expect(policy.bypass?.(request('/x'))).to.equal(true);
  });

  it('chooses by status and content type when the answer is there', () => {
    const rules = new RuleSet([
      { name: 'errors', path: '/x', status: ['4xx', 503], cache: { ttl: '1s', ttlMode: 'override' } },
      { name: 'pages', path: '/x', contentType: 'text/*', cache: false },
      { name: 'all', path: '/x', cache: { ttl: '2s', ttlMode: 'override' } },
    ]);
    const ttlOf = (got: ReturnType<typeof answer>): number | undefined | false => {
      const policy = policyOf(rules, request('/x'), got);
      return policy && policy.semantics.ttlMs;
    };
    expect(ttlOf(answer('text/html', 404))).to.equal(1_000);
    expect(ttlOf(answer('text/html', 503))).to.equal(1_000);
    expect(ttlOf(answer('text/html; charset=utf-8'))).to.equal(false);
    expect(ttlOf(answer('application/json', 500))).to.equal(2_000);
    expect(ttlOf(answer('', 200))).to.equal(2_000);
  });

  it('leaves what concerns the request as the rule for the request said', () => {
    const rules = new RuleSet([
      { path: '/x', contentType: 'text/css', cache: { key: { sortQuery: true } } },
      { path: '/x', cache: { ttl: '2s' } },
    ]);
    const policy = policyOf(rules, request('/x'), answer('text/html'));
    expect(policy && policy.key.sortQuery).to.equal(true);
    expect(policy && policy.semantics.ttlMs).to.equal(2_000);
  });

  it('gives the lifetime of an asset’s extension to no other type of content', () => {
    const rules = new RuleSet([{ path: ['/**/*.css', '/**/*.js'], cache: { ttl: '1d', ttlMode: 'override' } }]);
    const isAsset = (target: string, type: string): boolean => {
      const policy = policyOf(rules, request(target), answer(type));
      return policy !== false && policy.semantics.ttlMode === 'override';
    };
    expect(isAsset('/a.css', 'text/css')).to.equal(true);
    expect(isAsset('/a.js', 'text/javascript; charset=utf-8')).to.equal(true);
    expect(isAsset('/account/x.css', 'text/html')).to.equal(false);
    expect(isAsset('/account;x.js', 'text/html')).to.equal(false);
    expect(isAsset('/a.css', '')).to.equal(false);
  });

  it('edits requests and answers', () => {
    const rules = new RuleSet([
      {
        path: '/x',
        request: { set: { 'X-A': '1' }, remove: ['Cookie'] },
        response: { set: { 'Cache-Control': 'max-age=1' }, remove: ['set-cookie'] },
      },
    ]);
    const headers = HeaderFields.fromObject({ Cookie: 'a', 'x-a': '0' });
    expect(rules.routeOf(request('/x')).requestEdits!.edit(headers).raw).to.deep.equal(['X-A', '1']);
    const got = { status: 200, headers: HeaderFields.fromObject({ 'Set-Cookie': 'a', 'X-B': 'b' }) };
    expect(rules.editAnswer(request('/x'), got).headers.raw).to.deep.equal(['X-B', 'b', 'Cache-Control', 'max-age=1']);
    expect(rules.editAnswer(request('/y'), got)).to.equal(got);
  });

  describe('refuses, naming rule and option,', () => {
    const cases: [rule: unknown, message: string][] = [
      [{ paths: '/' }, 'rules[0].paths is not an option'],
      [{ path: 'x' }, 'rules[0].path must be a path pattern'],
      [{ method: 'get' }, 'rules[0].method must be a method in capitals'],
      [{ host: 'a@b' }, 'rules[0].host must be a host'],
      [{ status: '6xx' }, 'rules[0].status must be a status or a class'],
      [{ status: 100 }, 'rules[0].status must be a status or a class'],
      [{ contentType: 'html' }, 'rules[0].contentType must be a content type'],
      [{ cache: { ttl: 0 } }, 'rules[0].cache.ttl must be a duration'],
      [{ cache: { tll: 1 } }, 'rules[0].cache.tll is not an option'],
      [{ request: { set: { Host: 'a' } } }, 'rules[0].request.set must not name a field of the connection'],
      [{ request: { set: { 'X-A': 'a\nb' } } }, 'rules[0].request.set.X-A must be a field value'],
      [{ response: { remove: ['a b'] } }, 'rules[0].response.remove must name fields'],
      [{ response: { drop: [] } }, 'rules[0].response.drop is not an option'],
      [5, 'rules[0] must be an object'],
    ];
    for (const [rule, message] of cases) {
      it(message, () => {
        expect(() => new RuleSet([rule as ProxyRule])).to.throw(message);
      });
    }

    it('a list that is none', () => {
      expect(() => new RuleSet({} as never)).to.throw('rules must be a list');
    });
  });

  describe('with an adaptive ttl', () => {
    it('lets the objects of a rule stand in for each other under its name, unless it names a class', () => {
      const rules = new RuleSet([
        { path: '/a/**', cache: { ttlMode: 'adaptive' } },
        { name: 'named', path: '/b/**', cache: { ttl: 'adaptive', ttlMode: 'override' } },
        { path: '/c/**', cache: { ttl: 'adaptive', adaptive: { class: 'own', staleBudget: 0.05 } } },
        { path: '/d/**', cache: { ttl: '1m', adaptive: { shadow: true } } },
        { path: '/e/**', cache: { ttl: '1m' } },
      ]);
      const adaptiveOf = (target: string) => rules.routeOf(request(target)).policy.adaptive;
      const classOf = (target: string) => adaptiveOf(target)?.settings.className;
      expect(['/a/x', '/b/x', '/c/x', '/d/x', '/e/x'].map(classOf)).to.deep.equal([
        '/a/**',
        'named',
        'own',
        '/d/**',
        undefined,
      ]);
      expect(adaptiveOf('/c/x')!.settings.staleBudget).to.equal(0.05);
      expect([adaptiveOf('/d/x')!.isOn, adaptiveOf('/e/x')]).to.deep.equal([false, undefined]);
    });

    it('names a faulty option by its rule', () => {
      const faulty = (cache: ProxyRule['cache']) => () => new RuleSet([{ path: '/a', cache: cache as never }]);
      expect(faulty({ ttl: 'adaptive', adaptive: { staleBudget: 7 } })).to.throw(
        'rules[0].cache.adaptive.staleBudget must be a number from 0 to 0.5, got 7',
      );
      expect(faulty({ ttl: 'adaptive', adaptive: 7 as never })).to.throw(
        'rules[0].cache.adaptive must be an object, got 7',
      );
      expect(faulty({ ttl: '1m', ttlMode: 'adaptive' })).to.throw(
        'rules[0].cache.ttl must be left out with ttlMode adaptive, got "1m"',
      );
    });
  });
});
