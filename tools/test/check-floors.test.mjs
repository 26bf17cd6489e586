import { expect } from 'chai';
import { cpSync } from 'node:fs';
import { join } from 'node:path';
import { root, workspaces } from '../bootstrap.mjs';
import { checkFloors } from '../check-floors.mjs';
import { floors } from '../floors.config.mjs';
import { makeTemporaryFolder } from './temporary-folder.mjs';

describe('checkFloors', () => {
  it('finds nothing wrong in this workspace', () => {
    expect(checkFloors(root).violations).to.deep.equal([]);
  });

  describe('in a house of this plan with one wrong line', () => {
    const rules = { ...floors, minimumModules: 1 };
    let copy;

    beforeEach(() => {
      copy = makeTemporaryFolder();
      cpSync(join(root, 'package.json'), join(copy.path, 'package.json'));
      for (const folder of workspaces()) {
        cpSync(join(root, folder, 'package.json'), join(copy.path, folder, 'package.json'));
      }
      // A file on each floor, to be imported rightly or wrongly.
      for (const folder of floors.folders.core.flat())
        copy.write(`packages/core/src/${folder}/seed.ts`, 'export {};\n');
      copy.write('packages/core/src/index.ts', 'export {};\n');
      for (const folder of floors.folders.http.flat())
        copy.write(`packages/http/src/${folder}/seed.ts`, 'export {};\n');
      copy.write('packages/core/src/testing/seed.ts', 'export {};\n');
    });

    afterEach(() => copy.remove());

    const cases = [
      [
        'an import from an upper folder',
        'core/src/entry/a.ts',
        `import { x } from '../store/seed.js';`,
        'store lies above entry',
      ],
      [
        'a type-only import from an upper folder',
        'core/src/base/a.ts',
        `import type { X } from '../engine/seed.js';`,
        'engine lies above base',
      ],
      [
        'an export from an upper folder',
        'core/src/store/a.ts',
        `export { x } from '../engine/seed.js';`,
        'engine lies above store',
      ],
      [
        'a star export from an upper folder',
        'core/src/store/a.ts',
        `export * from '../engine/seed.js';`,
        'engine lies above store',
      ],
      [
        'an import() of an upper folder',
        'core/src/store/a.ts',
        `await import('../engine/seed.js');`,
        'engine lies above store',
      ],
      [
        'an import type in a signature',
        'core/src/store/a.ts',
        `export let x: import('../engine/seed.js').X;`,
        'engine lies above store',
      ],
      ['a folder of the same floor', 'core/src/key/a.ts', `import '../entry/seed.js';`, 'neighbours on one floor'],
      [
        'a folder of the same lowest floor',
        'core/src/base/a.ts',
        `import '../telemetry/seed.js';`,
        'neighbours on one floor',
      ],
      [
        'semantics importing the cache above it',
        'http/src/semantics/a.ts',
        `import '../cache/seed.js';`,
        'cache lies above semantics',
      ],
      ['a package on an upper floor', 'core/src/base/a.ts', `import '@cachewarp/http';`, 'http lies above core'],
      [
        'a type of a package on an upper floor',
        'http/src/cache/a.ts',
        `import type { X } from '@cachewarp/koa';`,
        'koa lies above http',
      ],
      ['a package on the same floor', 'koa/src/routing/a.ts', `import '@cachewarp/proxy';`, 'neighbours on one floor'],
      ['an upper package in a test', 'core/test/a.ts', `import '@cachewarp/http';`, 'http lies above core'],
      [
        'a file deep in another package',
        'http/src/cache/a.ts',
        `import '@cachewarp/core/dist/index.js';`,
        'by what it exports',
      ],
      [
        'another package by path',
        'http/src/cache/a.ts',
        `import '../../../core/src/base/seed.js';`,
        'enter another package by its name',
      ],
      [
        'the own package by its name',
        'http/src/cache/a.ts',
        `import '@cachewarp/http';`,
        'does not import itself by name',
      ],
      ['the own index.ts', 'core/src/base/a.ts', `import '../index.js';`, 'not index.ts'],
      [
        'the private alias in product code',
        'core/src/store/a.ts',
        `import '#src/base/seed.js';`,
        'product code imports by path',
      ],
      [
        'a file that does not exist',
        'core/src/store/a.ts',
        `import './nowhere.js';`,
        'there is no packages/core/src/store/nowhere.ts',
      ],
      [
        'the testing kit in its own package',
        'core/src/store/a.ts',
        `import '../testing/seed.js';`,
        'nothing outside packages/core/src/testing',
      ],
      [
        'the testing kit in the main index',
        'core/src/index.ts',
        `export * from './testing/seed.js';`,
        'nothing outside packages/core/src/testing',
      ],
      [
        'the testing kit in another package',
        'http/src/cache/a.ts',
        `import '@cachewarp/core/testing';`,
        'product code does not use the testing kit',
      ],
      ['a Node module in a pure folder', 'http/src/semantics/a.ts', `import 'node:buffer';`, 'imports no Node module'],
      [
        'an old-style Node module in a pure folder',
        'http/src/semantics/a.ts',
        `import 'fs/promises';`,
        'imports no Node module',
      ],
      [
        'an npm package in a pure folder',
        'http/src/semantics/a.ts',
        `import 'structured-headers';`,
        'imports no package',
      ],
      [
        'a CacheWarp package in a pure folder',
        'http/src/semantics/a.ts',
        `import '@cachewarp/core';`,
        'imports no package',
      ],
      [
        'Date.now in a pure folder',
        'http/src/semantics/a.ts',
        `export const now = () => Date.now();`,
        'Date.now in a pure folder',
      ],
      [
        'new Date() in a pure folder',
        'http/src/semantics/a.ts',
        `export const now = new Date();`,
        'new Date() in a pure folder',
      ],
      [
        'performance in a pure folder',
        'http/src/semantics/a.ts',
        `export const now = performance.now();`,
        'performance in a pure folder',
      ],
      [
        'a timer in a pure folder',
        'http/src/semantics/a.ts',
        `setTimeout(() => {}, 1);`,
        'setTimeout in a pure folder',
      ],
      ['tsyringe in a store', 'core/src/store/a.ts', `import 'tsyringe';`, 'imports tsyringe: only'],
      [
        'reflect-metadata outside the decorators',
        'core/src/base/a.ts',
        `import 'reflect-metadata';`,
        'imports reflect-metadata: only',
      ],
      [
        'lru-cache outside the store',
        'core/src/engine/a.ts',
        `import { LRUCache } from 'lru-cache';`,
        'imports lru-cache: only',
      ],
      [
        'prom-client outside metrics',
        'admin/src/access/a.ts',
        `import type { Registry } from 'prom-client';`,
        'imports prom-client: only',
      ],
      ['koa outside its adapter', 'admin/src/access/a.ts', `import type Koa from 'koa';`, 'imports koa: only'],
      ['undici outside the proxy', 'koa/src/routing/a.ts', `import 'undici';`, 'imports undici: only'],
      ['ioredis outside redis', 'admin/src/access/a.ts', `import 'ioredis';`, 'imports ioredis: only'],
      ['a folder that stands on no floor', 'core/src/cellar/a.ts', `export {};`, 'cellar stands on no floor'],
      ['a file in no folder', 'core/src/loose.ts', `export {};`, 'lies in no folder'],
      ['a utils folder', 'metrics/src/utils/a.ts', `export {};`, 'lies in a folder named utils'],
      ['a types folder', 'core/src/base/types/a.ts', `export {};`, 'lies in a folder named types'],
      ['a file that cannot be parsed', 'core/src/base/a.ts', `import {`, 'cannot be read'],
    ];

    for (const [what, file, line, expected] of cases) {
      it(`catches ${what}`, () => {
        copy.write(`packages/${file}`, `${line}\n`);

        const { violations } = checkFloors(copy.path, rules);

        expect(violations).to.have.length(1);
        expect(violations[0])
          .to.match(new RegExp(`^packages/${file}:\\d+ `))
          .and.include(expected);
      });
    }

    it('names the line', () => {
      copy.write('packages/core/src/base/a.ts', `\n// import '../engine/seed.js';\nimport '../engine/seed.js';\n`);

      expect(checkFloors(copy.path, rules).violations).to.deep.equal([
        'packages/core/src/base/a.ts:3 imports ../engine/seed.js: engine lies above base',
      ]);
    });

    it('lets a file import lower floors, the testing kit everything, and an example what it shows', () => {
      copy.write(
        'packages/core/src/engine/a.ts',
        `import '../base/seed.js';\nimport '../store/seed.js';\nimport './seed.js';\n`,
      );
      copy.write('packages/core/src/testing/a.ts', `import '../decorators/seed.js';\nimport '../base/seed.js';\n`);
      copy.write('packages/core/src/store/b.ts', `import 'lru-cache';\nimport 'node:fs';\n`);
      copy.write('packages/http/src/semantics/a.ts', `import '../message/seed.js';\nexport const at = new Date(0);\n`);
      copy.write('packages/http/test/cache/a.ts', `import '@cachewarp/core/testing';\nimport '#src/cache/seed.js';\n`);
      copy.write('examples/koa-api/src/a.ts', `import 'koa';\nimport 'tsyringe';\nimport '@cachewarp/koa';\n`);

      expect(checkFloors(copy.path, rules).violations).to.deep.equal([]);
    });

    it('fails when it saw fewer modules than there must be', () => {
      const { modules, violations } = checkFloors(copy.path, { ...floors, minimumModules: 100_000 });

      expect(violations).to.deep.equal([`read only ${modules} modules, expected at least 100000: this is no check`]);
    });
  });
});
