import { injectable } from 'tsyringe';
import { Delay } from '../delay.js';

export interface Post {
  readonly id: number;
  readonly title: string;
}

/** Posts in memory, as slow as a database that is far away. */
@injectable()
export class PostRepository {
  readonly #delay: Delay;
  readonly #posts: Post[] = [
    { id: 1, title: 'Cached Post A' },
    { id: 2, title: 'Cached Post B' },
  ];

  constructor(delay: Delay) {
    this.#delay = delay;
  }

  async list(): Promise<readonly Post[]> {
    await this.#delay.pass();
    return [...this.#posts];
  }

  async add(title: string): Promise<Post> {
    await this.#delay.pass();
    const post = { id: this.#posts.length + 1, title };
    this.#posts.push(post);
    return post;
  }
}
