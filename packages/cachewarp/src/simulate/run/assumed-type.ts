import { HeaderFields } from '@cachewarp/http';

/** Logs have no content types, but rules may ask for them: what an origin usually answers under an extension. */
const TYPES: Readonly<Record<string, string>> = {
  css: 'text/css',
  js: 'text/javascript',
  mjs: 'text/javascript',
  json: 'application/json',
  xml: 'application/xml',
  txt: 'text/plain',
  html: 'text/html',
  pdf: 'application/pdf',
  svg: 'image/svg+xml',
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  gif: 'image/gif',
  webp: 'image/webp',
  avif: 'image/avif',
  ico: 'image/x-icon',
  woff: 'font/woff',
  woff2: 'font/woff2',
  ttf: 'font/ttf',
  mp4: 'video/mp4',
  webm: 'video/webm',
  mp3: 'audio/mpeg',
};

const fields = new Map<string, HeaderFields>();

/** The extension of a target's path in lower case, if it is a known one; empty otherwise. */
export function extensionOf(target: string): string {
  const question = target.indexOf('?');
  const end = question === -1 ? target.length : question;
  const dot = target.lastIndexOf('.', end - 1);
  if (dot === -1 || end - dot > 6 || target.indexOf('/', dot) !== -1) return '';
  const extension = target.slice(dot + 1, end).toLowerCase();
  return Object.hasOwn(TYPES, extension) ? extension : '';
}

/** The fields of an answer under this extension, as far as they matter to rules. */
export function assumedFields(extension: string): HeaderFields {
  let known = fields.get(extension);
  if (known === undefined) {
    known = extension === '' ? HeaderFields.empty : HeaderFields.fromObject({ 'content-type': TYPES[extension]! });
    fields.set(extension, known);
  }
  return known;
}
