/**
 * The content types that a path's extension promises. A rule for `*.css` gives a lifetime to style sheets, not to the account page that an
 * origin serves under `/account/x.css`.
 */
const TYPES_BY_EXTENSION: Readonly<Record<string, readonly string[]>> = {
  css: ['text/css'],
  js: ['text/javascript', 'application/javascript', 'application/x-javascript', 'application/ecmascript'],
  mjs: ['text/javascript', 'application/javascript'],
  map: ['application/json', 'application/octet-stream', 'text/plain'],
  json: ['application/json', 'application/*+json', 'text/json'],
  xml: ['application/xml', 'text/xml', 'application/*+xml'],
  txt: ['text/plain'],
  html: ['text/html', 'application/xhtml+xml'],
  htm: ['text/html', 'application/xhtml+xml'],
  pdf: ['application/pdf'],
  wasm: ['application/wasm'],
  svg: ['image/svg+xml'],
  ...withType('image/*', ['png', 'jpg', 'jpeg', 'gif', 'webp', 'avif', 'bmp', 'ico', 'tif', 'tiff']),
  ...withType(
    'font/*',
    ['woff', 'woff2', 'ttf', 'otf', 'eot'],
    ['application/font-*', 'application/x-font-*', 'application/vnd.ms-fontobject', 'application/octet-stream'],
  ),
  ...withType('video/*', ['mp4', 'webm', 'ogv', 'mov']),
  ...withType('audio/*', ['mp3', 'ogg', 'wav', 'm4a', 'flac', 'aac'], ['video/mp4', 'application/ogg']),
};

/** What an answer under a path with this extension must be; undefined when the extension promises nothing. */
export function typesOfExtension(extension: string): readonly string[] | undefined {
  return TYPES_BY_EXTENSION[extension];
}

function withType(
  type: string,
  extensions: readonly string[],
  more: readonly string[] = [],
): Record<string, readonly string[]> {
  return Object.fromEntries(extensions.map((extension) => [extension, [type, ...more]]));
}
