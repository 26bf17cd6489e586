/** Longest tag of a path; what is beyond only makes an invalidation wider. */
const MAX_LENGTH = 500;

/**
 * The tag of everything that was answered under a path: every query, every user, every host.
 *
 * Keys tell apart whatever an application might tell apart. Invalidation must err the other way: `/Users/1/`, `/users/1` and
 * `/users/%31` may be one resource (routers match without regard to case and a slash at the end, and decode), so they have one
 * tag.
 */
export function pathTag(path: string): string {
  let end = path.length;
  while (end > 0 && path.charCodeAt(end - 1) === SLASH) end--;
  return `path:${decode(path.slice(0, end)).toLowerCase().slice(0, MAX_LENGTH)}`;
}

/** The path of the collection that a member belongs to; undefined where the path is itself that of a collection, by its slash. */
export function collectionOf(path: string): string | undefined {
  if (path.endsWith('/')) return undefined;
  const slash = path.lastIndexOf('/');
  return slash === -1 ? undefined : path.slice(0, slash + 1);
}

/** The path of a request target. */
export function pathOf(target: string): string {
  const question = target.indexOf('?');
  return question === -1 ? target : target.slice(0, question);
}

const SLASH = 0x2f;

function decode(path: string): string {
  if (!path.includes('%')) return path;
  try {
    return decodeURIComponent(path);
  } catch {
    // Not an encoding: such a path is only ever itself.
    return path;
  }
}
