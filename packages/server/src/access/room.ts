/**
 * The part of the keys and tags that a client has to itself. Inside, its keys begin with `<namespace>:`, and so do its tags; who has no
 * namespace has the whole house and sees them so.
 */
export class Room {
  /** `''`, or `<namespace>:`. A namespace has no colon, so that no room's prefix begins another's. */
  readonly prefix: string;
  readonly namespace: string | undefined;

  constructor(namespace?: string) {
    this.namespace = namespace;
    this.prefix = namespace === undefined ? '' : `${namespace}:`;
  }

  /** The whole house: the only room whose owner may see what the service says of all of it. */
  get isWhole(): boolean {
    return this.namespace === undefined;
  }

  inside(name: string): string {
    return this.prefix + name;
  }

  outside(name: string): string {
    return name.slice(this.prefix.length);
  }
}
