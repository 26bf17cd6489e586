import { CacheResponse, Invalidates } from '@cachewarp/core';
import { Controller, Get, Put } from '@cachewarp/koa';
import type { Context } from 'koa';
import { injectable } from 'tsyringe';
import { readJson, readText } from '../http/json-body.js';
import { Problem } from '../http/problem.js';
import { UserRepository, type User } from './user-repository.js';

const MAX_NAME_LENGTH = 100;

@injectable()
@Controller('/api/users')
export class UsersController {
  readonly #users: UserRepository;

  constructor(users: UserRepository) {
    this.#users = users;
  }

  @Get('/:id')
  @CacheResponse(120)
  async find(ctx: Context): Promise<{ user: User }> {
    const user = await this.#users.find(idOf(ctx));
    if (user === undefined) throw unknown(ctx);
    return { user };
  }

  @Put('/:id')
  @Invalidates('GET:/api/users/:id')
  async update(ctx: Context): Promise<{ message: string }> {
    const id = idOf(ctx);
    const name = readText(await readJson(ctx), 'name', MAX_NAME_LENGTH);
    if ((await this.#users.rename(id, name)) === undefined) throw unknown(ctx);
    return { message: 'User updated' };
  }
}

function idOf(ctx: Context): number {
  const id = ctx.params.id as string;
  if (/^[1-9]\d{0,14}$/.test(id)) return Number(id);
  throw new Problem(400, 'id must be a whole number above 0.', 'id', id);
}

function unknown(ctx: Context): Problem {
  return new Problem(404, 'There is no user of this id.', 'id', idOf(ctx));
}
