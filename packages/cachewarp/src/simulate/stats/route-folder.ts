/** A prefix with more different children than this is taken to list things by name. */
const MAX_CHILDREN = 40;
const MAX_PREFIXES = 5_000;
const MAX_DEPTH = 8;
const MAX_SEGMENT = 64;

const NUMBER = /^\d+$/;
const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;
const HEX = /^(?=.{0,63}\d)[0-9a-f]{8,64}$/i;
const TOKEN = /^(?=.{0,63}\d)(?=.{0,63}[A-Za-z])[A-Za-z0-9_-]{16,64}$/;
const FILE = /\.([A-Za-z][A-Za-z0-9]{1,5})$/;

/**
 * Folds paths into routes: `/users/42` is `/users/:id`, `/img/a.png` is `/img/*.png`. What is no id by its looks, but one of many names at
 * its place (`/blog/how-to-cache`), is folded to `*` once there are too many of them.
 */
export class RouteFolder {
  readonly #children = new Map<string, Set<string> | 'many'>();
  #folds = 0;

  /** How often a place turned out to hold names: routes that were answered before may now be folded further. */
  get folds(): number {
    return this.#folds;
  }

  /** The route of a target. */
  fold(target: string): string {
    const question = target.indexOf('?');
    return this.#foldPath(question === -1 ? target : target.slice(0, question));
  }

  #foldPath(path: string): string {
    if (path === '/') return '/';
    const segments = path.slice(1).split('/', MAX_DEPTH + 1);
    let route = '';
    for (const [index, segment] of segments.entries()) {
      if (index === MAX_DEPTH) return `${route}/**`;
      const isLast = index === segments.length - 1;
      route = `${route}/${this.#foldSegment(route, segment, isLast)}`;
    }
    return route;
  }

  #foldSegment(prefix: string, segment: string, isLast: boolean): string {
    if (segment === '' || segment === ':id' || segment.startsWith('*')) return segment;
    const file = isLast ? FILE.exec(segment) : null;
    if (file !== null) return `*.${file[1]!.toLowerCase()}`;
    if (segment.length > MAX_SEGMENT) return '*';
    if (NUMBER.test(segment) || UUID.test(segment) || HEX.test(segment) || TOKEN.test(segment)) return ':id';
    return this.#isOneOfMany(prefix, segment) ? '*' : segment;
  }

  #isOneOfMany(prefix: string, segment: string): boolean {
    const known = this.#children.get(prefix);
    if (known === 'many') return true;
    if (known === undefined) {
      if (this.#children.size >= MAX_PREFIXES) return true;
      this.#children.set(prefix, new Set([segment]));
      return false;
    }
    known.add(segment);
    if (known.size <= MAX_CHILDREN) return false;
    this.#children.set(prefix, 'many');
    this.#folds++;
    return true;
  }
}
