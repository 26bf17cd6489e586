import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, posix, relative, sep } from 'node:path';
import { builtinModules } from 'node:module';
import { fileURLToPath } from 'node:url';
import { parseSync } from 'oxc-parser';
import { floors } from './floors.config.mjs';

/*
 * Reads every import of the workspace from the syntax tree (also `import type`, `export from`, `import()` and
 * `import('x').T`) and compares it with floors.config.mjs.
 */

/**
 * The modules that were read, and a line for each violation.
 *
 * @param root the workspace
 * @param config the rules, in the shape of floors.config.mjs
 */
export function checkFloors(root, config = floors) {
  const house = readHouse(root);
  const modules = house.flatMap((unit) => unit.files.map((file) => readModule(root, file, unit)));
  const known = new Map(modules.map((module) => [module.path, module]));
  const violations = [];

  for (const module of modules) {
    const report = (line, text) => violations.push(`${module.path}:${line} ${text}`);
    for (const text of module.errors) report(1, `cannot be read: ${text}`);
    for (const text of misplaced(module, config)) report(1, text);
    for (const use of module.impure) {
      if (isUnder(module.path, config.pure))
        report(use.line, `${use.name} in a pure folder: pass it in as a parameter`);
    }
    for (const link of module.imports) {
      const text = judge(module, link.specifier, { house, known, config });
      if (text) report(link.line, text);
    }
  }
  if (modules.length < config.minimumModules) {
    violations.push(
      `read only ${modules.length} modules, expected at least ${config.minimumModules}: this is no check`,
    );
  }
  return { modules: modules.length, violations };
}

/** Why `module` may not import `specifier`, or undefined when it may. */
function judge(module, specifier, { house, known, config }) {
  if (specifier.startsWith('.') || specifier.startsWith('#')) return judgeFile(module, specifier, { known, config });
  if (specifier.startsWith('node:') || builtinModules.includes(specifier)) {
    if (isUnder(module.path, config.pure)) return `imports ${specifier}: a pure folder imports no Node module`;
    return undefined;
  }
  const name = packageName(specifier);
  const target = house.find((unit) => unit.name === name);
  return target ? judgePackage(module, target, specifier, config) : judgeNpm(module, name, config);
}

function judgeFile(module, specifier, { known, config }) {
  if (specifier.startsWith('#src/') && module.isProduct) return `imports ${specifier}: product code imports by path`;
  const base = specifier.startsWith('#src/')
    ? posix.join(module.unit.folder, 'src', specifier.slice('#src/'.length))
    : posix.join(posix.dirname(module.path), specifier);
  const path = base.replace(/\.(m|c)?js$/, '.$1ts');
  if (!path.startsWith(`${module.unit.folder}/`)) {
    return `imports ${specifier}: enter another package by its name`;
  }
  if (posix.basename(path) === 'index.ts')
    return `imports ${specifier}: inside a package import the file, not index.ts`;
  if (!known.has(path)) return `imports ${specifier}: there is no ${path}`;
  if (!module.isProduct) return undefined;

  const from = folderOf(module.path);
  const to = folderOf(path);
  const kit = config.testingKit.folder;
  if (isUnder(path, [kit]) && !isUnder(module.path, [kit])) {
    return `imports ${specifier}: nothing outside ${kit} imports it`;
  }
  return judgeFloors(config.folders[module.unit.short], from, to, specifier, isUnder(module.path, [kit]));
}

function judgePackage(module, target, specifier, config) {
  if (target === module.unit) return `imports ${specifier}: a package does not import itself by name`;
  if (isUnder(module.path, config.pure)) return `imports ${specifier}: a pure folder imports no package`;
  if (!target.entrances.includes(specifier)) return `imports ${specifier}: enter ${target.name} by what it exports`;
  if (specifier === config.testingKit.specifier && module.isProduct && module.unit.isPublic) {
    return `imports ${specifier}: product code does not use the testing kit`;
  }
  if (!module.unit.isPublic) return target.isPublic ? undefined : `imports ${specifier}: it is private`;
  return judgeFloors(config.packages, module.unit.short, target.short, specifier, false);
}

function judgeNpm(module, name, config) {
  if (module.isProduct && isUnder(module.path, config.pure)) return `imports ${name}: a pure folder imports no package`;
  // @types/koa stands for koa.
  const allowed = config.npm[name.replace(/^@types\//, '')];
  if (!allowed || !module.isProduct || isUnder(module.path, allowed)) return undefined;
  return `imports ${name}: only ${allowed.join(', ')} may`;
}

function judgeFloors(levels, from, to, specifier, isAside) {
  if (!levels || from === undefined || from === to || isAside) return undefined;
  const levelOf = (name) => levels.findIndex((names) => names.includes(name));
  const [here, there] = [levelOf(from), levelOf(to)];
  if (here < 0) return `${from} stands on no floor: name it in floors.config.mjs`;
  if (there < 0)
    return to === undefined
      ? `imports ${specifier}: it lies in no folder`
      : `imports ${specifier}: ${to} stands on no floor`;
  if (there > here) return `imports ${specifier}: ${to} lies above ${from}`;
  if (there === here) return `imports ${specifier}: ${to} and ${from} are neighbours on one floor`;
  return undefined;
}

/** What is wrong with the place of the file itself. */
function misplaced({ path, unit, isProduct }, config) {
  const found = [];
  const bad = path.split('/').find((name) => config.forbiddenFolders.includes(name));
  if (bad) found.push(`lies in a folder named ${bad}: put it in the folder of its concept`);
  const levels = config.folders[unit.short];
  if (!isProduct || !unit.isPublic || !levels) return found;
  const folder = folderOf(path);
  if (folder === undefined) {
    if (posix.basename(path) !== 'index.ts') found.push('lies in no folder of its package');
  } else if (!levels.flat().includes(folder) && !isUnder(path, [config.testingKit.folder])) {
    found.push(`${folder} stands on no floor: name it in floors.config.mjs`);
  }
  return found;
}

function readHouse(root) {
  const { workspaces } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  const folders = workspaces.flatMap((pattern) =>
    pattern.endsWith('/*')
      ? readdirSync(join(root, pattern.slice(0, -2))).map((name) => `${pattern.slice(0, -2)}/${name}`)
      : [pattern],
  );
  return folders
    .filter((folder) => existsSync(join(root, folder, 'package.json')))
    .map((folder) => {
      const { name, exports = {} } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
      return {
        folder,
        name,
        short: posix.basename(folder),
        isPublic: folder.startsWith('packages/'),
        entrances: Object.keys(exports).map((key) => posix.join(name, key)),
        files: readdirSync(join(root, folder))
          .filter((part) => /^(src|test|test-.+)$/.test(part))
          .flatMap((part) => sourceFiles(root, join(root, folder, part))),
      };
    });
}

function sourceFiles(root, folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true })
    .filter((name) => /\.(m|c)?ts$/.test(name) && !name.split(sep).includes('node_modules'))
    .map((name) => relative(root, join(folder, name)).split(sep).join('/'))
    .sort();
}

function readModule(root, path, unit) {
  const source = readFileSync(join(root, path), 'utf8');
  const { program, errors } = parseSync(path, source);
  const imports = [];
  const impure = [];
  const lineOf = (node) => source.slice(0, node.start).split('\n').length;
  visit(program, (node) => {
    const specifier = specifierOf(node);
    if (specifier !== undefined) imports.push({ specifier, line: lineOf(node) });
    const name = impureNameOf(node);
    if (name) impure.push({ name, line: lineOf(node) });
  });
  const isProduct = path.startsWith(`${unit.folder}/src/`);
  return { path, unit, isProduct, imports, impure, errors: errors.map((error) => error.message) };
}

function specifierOf(node) {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
    case 'ImportExpression':
    case 'TSImportType':
      return node.source?.value;
    case 'TSExternalModuleReference':
      return node.expression.value;
    case 'CallExpression': {
      const isRequire = node.callee.name === 'require' || node.callee.property?.name === 'require';
      return isRequire && typeof node.arguments[0]?.value === 'string' ? node.arguments[0].value : undefined;
    }
    default:
      return undefined;
  }
}

const clocks = ['performance', 'process', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask', 'crypto'];

function impureNameOf(node) {
  if (node.type === 'MemberExpression' && !node.computed) {
    const name = `${node.object.name}.${node.property.name}`;
    if (name === 'Date.now' || name === 'Math.random' || node.object.name === 'globalThis') return name;
    if (clocks.includes(node.object.name)) return node.object.name;
  }
  if (node.type === 'NewExpression' && node.callee.name === 'Date' && node.arguments.length === 0) return 'new Date()';
  if (node.type === 'CallExpression') {
    if (node.callee.name === 'Date') return 'Date()';
    if (clocks.includes(node.callee.name)) return node.callee.name;
  }
  return undefined;
}

function visit(node, see) {
  see(node);
  for (const value of Object.values(node)) {
    if (Array.isArray(value)) {
      for (const one of value) if (typeof one?.type === 'string') visit(one, see);
    } else if (typeof value?.type === 'string') visit(value, see);
  }
}

function folderOf(path) {
  const [inside] = path.split('/src/').slice(1);
  return inside?.includes('/') ? inside.split('/')[0] : undefined;
}

function packageName(specifier) {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function isUnder(path, folders) {
  return folders.some((folder) => path.startsWith(`${folder}/`));
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { modules, violations } = checkFloors(dirname(dirname(fileURLToPath(import.meta.url))));
  for (const violation of violations) console.error(violation);
  console.log(`floors: ${modules} modules, ${violations.length} violations`);
  process.exitCode = violations.length > 0 ? 1 : 0;
}
