/** Values of the parameter that mean yes. */
const YES = new Set(['true', '1', 'yes', '']);

/** Whether the query asks to go past the cache: `?nocache`, `?nocache=true`, `?nocache=1`. */
export function asksToBypass(url: string, param: string): boolean {
  // The common case, before anything is split.
  if (!url.includes(param)) return false;
  const question = url.indexOf('?');
  if (question === -1) return false;
  return url
    .slice(question + 1)
    .split('&')
    .some((pair) => {
      const equals = pair.indexOf('=');
      const name = equals === -1 ? pair : pair.slice(0, equals);
      return name === param && YES.has(equals === -1 ? '' : pair.slice(equals + 1).toLowerCase());
    });
}
