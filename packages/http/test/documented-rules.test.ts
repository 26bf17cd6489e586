import { readFileSync, existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { expect } from 'chai';

interface Row {
  readonly section: string;
  readonly requirement: string;
  readonly where: readonly string[];
  readonly test: string;
}

/** Seen from dist-test. */
const packageRoot = fileURLToPath(new URL('..', import.meta.url));
const page = readFileSync(fileURLToPath(new URL('../../../docs/http-caching.md', import.meta.url)), 'utf8');

function rows(): Row[] {
  const cells = page
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim()),
    );
  return cells
    .filter(([section, , , test]) => test !== undefined && test !== 'test' && !/^-+$/.test(section ?? '-'))
    .map(([section = '', requirement = '', where = '', test = '']) => ({
      section,
      requirement,
      where: where.split(', '),
      test,
    }));
}

describe('docs/http-caching.md', () => {
  it('has the whole table', () => {
    expect(rows().length).to.be.above(120);
  });

  it('names files that exist', () => {
    const files = rows().flatMap(({ where }) => where);
    for (const file of new Set(files)) expect(existsSync(`${packageRoot}src/${file}.ts`), file).to.equal(true);
  });

  it('names, for each rule of message and semantics, a test that exists', () => {
    for (const { requirement, where, test } of rows()) {
      if (test === '' && where.every((file) => file.startsWith('cache/'))) continue;
      const colon = test.indexOf(': ');
      const file = test.slice(0, colon);
      const title = test.slice(colon + 2);
      expect(existsSync(`${packageRoot}test/${file}`), `${requirement}: ${test}`).to.equal(true);
      const source = readFileSync(`${packageRoot}test/${file}`, 'utf8');
      const isGenerated = source.includes('`finds no date in ${what}`') && title.startsWith('finds no date in ');
      expect(isGenerated || source.includes(`it('${title}'`), `${requirement}: ${test}`).to.equal(true);
    }
  });
});
