// caching
export { httpCache } from './caching/http-cache.js';
export type { BypassOptions, KoaCacheOptions, KoaContextDimension } from './caching/koa-cache-options.js';
export { pathTag } from './caching/path-tag.js';
// routing
export { Controller, type ControllerDecorator } from './routing/controller.js';
export { mountControllers, type ControllerContainer, type MountOptions } from './routing/mount-controllers.js';
export { Delete, Get, Patch, Post, Put, type Handler, type RouteDecorator } from './routing/route.js';
export type { ControllerClass } from './routing/route-metadata.js';
// admin
export { cacheAdmin, KOA_ADMIN_PATHS, type CacheAdminOptions } from './admin/cache-admin.js';
