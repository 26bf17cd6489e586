import { expect } from 'chai';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, posix } from 'node:path';
import { root, workspaces } from '../bootstrap.mjs';

describe('the workspace', () => {
  const read = (path) => readFileSync(join(root, path), 'utf8');
  const readJson = (path) => JSON.parse(read(path));
  const lockfile = readJson('package-lock.json');
  const packages = workspaces().map((folder) => ({ folder, manifest: readJson(`${folder}/package.json`) }));
  const published = packages.filter(({ manifest }) => !manifest.private);
  const names = new Map(packages.map(({ folder, manifest }) => [manifest.name, folder]));
  const { version } = readJson('lerna.json');

  const references = (file) => (readJson(file).references ?? []).map(({ path }) => path);

  const ownDependencies = ({ dependencies = {}, devDependencies = {}, peerDependencies = {} }) =>
    Object.entries({ ...peerDependencies, ...devDependencies, ...dependencies }).filter(([name]) => names.has(name));

  it('has a lockfile that names no host to download from', () => {
    const addresses = Object.entries(lockfile.packages).filter(([, { resolved = '' }]) => /:/.test(resolved));

    expect(addresses).to.deep.equal([]);
    expect(read('package-lock.json')).not.to.match(/https?:\/\/[^"]*\.tgz/);
  });

  it('has a lockfile that knows the optional packages of every platform, so that npm ci works on all', () => {
    const missing = Object.entries(lockfile.packages).flatMap(([path, { optionalDependencies = {} }]) =>
      Object.keys(optionalDependencies).filter((name) => !isLocked(path, name)),
    );

    expect(missing).to.deep.equal([]);
  });

  /** As Node looks it up: in the package's own node_modules, then upwards. */
  function isLocked(path, name) {
    for (let place = path; ; place = posix.dirname(place)) {
      if (place === '.') return `node_modules/${name}` in lockfile.packages;
      if (`${place}/node_modules/${name}` in lockfile.packages) return true;
    }
  }

  it('gives every package one version', () => {
    for (const { folder, manifest } of packages) {
      expect(manifest.version, folder).to.equal(version);
      expect(lockfile.packages[folder].version, `${folder} in the lockfile`).to.equal(version);
    }
  });

  it('names that version wherever one package depends on another', () => {
    for (const { folder, manifest } of packages) {
      for (const [name, range] of ownDependencies(manifest))
        expect(range, `${name} in ${folder}`).to.equal(`^${version}`);
    }
  });

  it('installs the own packages from the workspace', () => {
    for (const [name, folder] of names) {
      expect(lockfile.packages[`node_modules/${name}`], name).to.include({ link: true, resolved: folder });
    }
  });

  it('asks for the same Node everywhere', () => {
    for (const { folder, manifest } of packages) {
      expect(manifest.engines, folder).to.deep.equal(readJson('package.json').engines);
      expect(manifest.type, folder).to.equal('module');
    }
  });

  it('refers in tsconfig to the packages that package.json names', () => {
    for (const { folder, manifest } of packages) {
      const named = ownDependencies(manifest).map(([name]) => names.get(name));
      // What a package compiles beside src/, as admin its page, belongs to it.
      const isPart = (path) => named.some((other) => path.startsWith(`${other}/`));
      const referred = (file) =>
        references(file)
          .map((path) => posix.join(posix.dirname(file), path))
          .filter((path) => !isPart(path));

      expect(named, folder).to.include.members(referred(`${folder}/tsconfig.json`));
      expect([...named, folder], `${folder}/test`).to.include.members(referred(`${folder}/test/tsconfig.json`));
      if (manifest.private) continue;
      expect(referred(`${folder}/tsconfig.json`), folder).to.have.members(named);
    }
  });

  it('builds every package and its tests from the root', () => {
    const projects = packages.flatMap(({ folder }) =>
      readdirSync(join(root, folder), { recursive: true })
        .filter((name) => name.endsWith('tsconfig.json') && !name.includes('node_modules'))
        .map((name) => posix.join(folder, posix.dirname(name))),
    );

    expect(references('tsconfig.json')).to.have.members(projects);
    expect(projects).to.include.members(packages.map(({ folder }) => `${folder}/test`));
  });

  it('publishes each package with README, licence, sources and types', () => {
    for (const { folder, manifest } of published) {
      expect(read(`${folder}/README.md`), folder).to.match(new RegExp(`^# ${manifest.name}\n`));
      expect(read(`${folder}/LICENSE`), folder).to.equal(read('LICENSE'));
      expect(manifest.license, folder).to.equal('MIT');
      expect(manifest.description, folder).to.match(/\.$/);
      expect(manifest.files, folder).to.include.members(['dist', 'src']);
      expect(manifest.publishConfig, folder).to.deep.equal({ access: 'public' });
      for (const [entrance, target] of Object.entries(manifest.exports)) {
        if (entrance === './package.json') continue;
        expect(Object.keys(target), `${folder} ${entrance}`).to.deep.equal(['types', 'default']);
        // The page of the dashboard is compiled beside src/, for browsers.
        const from = target.default.startsWith('./dist/page/') ? folder : `${folder}/src`;
        const source = target.default.replace('./dist', from).replace('.js', '.ts');
        expect(existsSync(join(root, source)), source).to.equal(true);
      }
    }
  });

  it('never claims to be free of side effects, since importing the decorators has one', () => {
    for (const { folder, manifest } of published) expect(manifest, folder).not.to.have.property('sideEffects');
  });
});
