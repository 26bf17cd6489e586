export { createAdminHandler } from './admin-handler.js';
export type { AdminHandler } from './admin-handler.js';
export type { AdminRequest, AdminResponse } from './admin-message.js';
export type { AdminOptions, AdminPart, MetricsSource } from './admin-options.js';
export { listenAdmin } from './listen-admin.js';
export type { AdminListener, ListenAdminOptions } from './listen-admin.js';
export { ProblemError } from './problem.js';
export type { ProblemParts } from './problem.js';
export { readRequestBody } from './read-body.js';
