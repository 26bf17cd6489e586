import { CacheResponse, Invalidates } from '@cachewarp/core';
import { Controller, Get, Post as PostRoute } from '@cachewarp/koa';
import type { Context } from 'koa';
import { injectable } from 'tsyringe';
import { readJson, readText } from '../http/json-body.js';
import { PostRepository, type Post } from './post-repository.js';

const MAX_TITLE_LENGTH = 200;

@injectable()
@Controller('/api/posts')
export class PostsController {
  readonly #posts: PostRepository;

  constructor(posts: PostRepository) {
    this.#posts = posts;
  }

  @Get('/')
  @CacheResponse(90)
  async list(): Promise<{ posts: readonly Post[] }> {
    return { posts: await this.#posts.list() };
  }

  @PostRoute('/')
  @Invalidates('GET:/api/posts/')
  async create(ctx: Context): Promise<{ message: string }> {
    const title = readText(await readJson(ctx), 'title', MAX_TITLE_LENGTH);
    await this.#posts.add(title);
    ctx.status = 201;
    return { message: 'Post created' };
  }
}
