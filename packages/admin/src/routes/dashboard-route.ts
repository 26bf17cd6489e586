import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { jsonResponse, textResponse, type AdminResponse } from '../message/admin-message.js';
import type { AdminSettings } from '../access/admin-options.js';
import { ProblemError } from '../message/problem.js';

/** What the page is made of, by the name it asks for; everything else is not there. */
const FILES: Readonly<Record<string, readonly [specifier: string, contentType: string]>> = {
  '': ['../../page/index.html', 'text/html; charset=utf-8'],
  '/dashboard.css': ['../../page/dashboard.css', 'text/css; charset=utf-8'],
  '/icon.svg': ['../../page/icon.svg', 'image/svg+xml'],
  '/uplot.js': ['uplot/dist/uPlot.esm.js', 'text/javascript; charset=utf-8'],
  '/uplot.css': ['uplot/dist/uPlot.min.css', 'text/css; charset=utf-8'],
};
/** The page's own modules, compiled from `page/`. */
const MODULE = /^\/[a-z0-9]+(?:-[a-z0-9]+)*\.js$/;

/** Nothing but this listener's own files runs or is asked: no inline script or style, no other host, no frame around it. */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

const FIELDS = {
  'content-security-policy': POLICY,
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
};

const read = new Map<string, Promise<string>>();

/** `GET /dashboard` and what belongs to it: the page, its modules, and where the parts of the API are. */
export async function dashboardFile({ paths }: AdminSettings, path: string): Promise<AdminResponse> {
  if (path === '/paths.json') return jsonResponse(paths);
  const file = FILES[path === '/' ? '' : path] ?? (MODULE.test(path) ? moduleFile(path) : undefined);
  const text = file && (await contentOf(file[0]));
  if (file === undefined || text === undefined) {
    throw new ProblemError(404, 'The dashboard has no such file.', { field: 'path', value: path });
  }
  // The page asks for its files below its own path, wherever that is.
  const name = paths.dashboard?.split('/').at(-1) ?? 'dashboard';
  const isPage = file === FILES[''];
  return textResponse(isPage ? text.replaceAll('"dashboard/', `"${name}/`) : text, file[1], 200, FIELDS);
}

function moduleFile(path: string): readonly [string, string] {
  return [`../page${path}`, 'text/javascript; charset=utf-8'];
}

/** The text of a file of this package or of uPlot's, read once; undefined when there is none. */
function contentOf(specifier: string): Promise<string | undefined> {
  let text = read.get(specifier);
  if (text === undefined) {
    const url = specifier.startsWith('.') ? new URL(specifier, import.meta.url).href : import.meta.resolve(specifier);
    text = readFile(fileURLToPath(url), 'utf8');
    read.set(specifier, text);
  }
  return text.catch((error: unknown) => {
    // A name that nobody has must not be remembered for every name that somebody tries.
    read.delete(specifier);
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
}
