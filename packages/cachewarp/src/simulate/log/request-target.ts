/** A request's target as it is keyed, and the host where it names one. */
export interface Target {
  readonly target: string;
  readonly host: string;
}

/**
 * The path and query of a target as a log has it: absolute targets lose their origin, fragments are cut off.
 * @returns undefined where it names no path: `*`, an authority
 */
export function readTarget(text: string): Target | undefined {
  const hash = text.indexOf('#');
  const whole = hash === -1 ? text : text.slice(0, hash);
  if (whole.startsWith('/')) return { target: whole, host: '' };
  const scheme = /^https?:\/\//i.exec(whole);
  if (scheme === null) return undefined;
  const rest = whole.slice(scheme[0].length);
  const end = rest.search(/[/?]/);
  if (end === -1) return { target: '/', host: rest };
  return { target: rest[end] === '?' ? `/${rest.slice(end)}` : rest.slice(end), host: rest.slice(0, end) };
}
