import 'reflect-metadata';
import { registerCacheWarp, type Cache } from '@cachewarp/core';
import { cacheAdmin, mountControllers } from '@cachewarp/koa';
import { createMetrics } from '@cachewarp/metrics';
import { Router } from '@koa/router';
import Koa from 'koa';
import { container as rootContainer, type DependencyContainer } from 'tsyringe';
import { Delay } from './delay.js';
import { problemResponses } from './http/problem-responses.js';
import { PostRepository } from './posts/post-repository.js';
import { PostsController } from './posts/posts-controller.js';
import { UserRepository } from './users/user-repository.js';
import { UsersController } from './users/users-controller.js';

export interface AppOptions {
  /** How long each query of the repositories takes, in ms. */
  delayMs?: number;
  /** Bearer token of the admin API; without one it answers this machine only. */
  adminToken?: string | undefined;
}

/** The application, and what has to be closed with it. */
export interface ExampleApp {
  readonly app: Koa;
  readonly cache: Cache;
  readonly container: DependencyContainer;
  close(): Promise<void>;
}

export const DEFAULT_DELAY_MS = 300;

/** Puts the application together. Each has a container, a cache and data of its own. */
export function createApp({ delayMs = DEFAULT_DELAY_MS, adminToken }: AppOptions = {}): ExampleApp {
  const container = rootContainer.createChildContainer();
  container.registerInstance(Delay, new Delay(delayMs));
  container.registerSingleton(UserRepository);
  container.registerSingleton(PostRepository);
  const cache = registerCacheWarp(container, { name: 'koa-api' });
  const metrics = createMetrics({ cache });

  const router = new Router();
  mountControllers(router, container, [UsersController, PostsController]);

  const app = new Koa();
  app.use(problemResponses);
  app.use(cacheAdmin({ cache, metrics, open: ['health'], ...(adminToken !== undefined && { token: adminToken }) }));
  app.use(router.routes());
  app.use(router.allowedMethods());
  return {
    app,
    cache,
    container,
    close: async () => {
      metrics.close();
      await container.dispose();
    },
  };
}
