export { createAdminHandler } from './listener/admin-handler.js';
export type { AdminHandler } from './listener/admin-handler.js';
export type { AdminRequest, AdminResponse } from './message/admin-message.js';
export type {
  AuditRecord,
  Decision,
  EntryDetails,
  Explanation,
  Frame,
  Happening,
  HappeningsEvent,
  Invalidated,
  KeyAnswer,
  KeyDetails,
  KeyPage,
  KeySummary,
  Rankings,
  ServerState,
  Step,
  Why,
} from './message/admin-answers.js';
export type { AdminAbout, AdminOptions, AdminPart, MetricsSource } from './access/admin-options.js';
export type { AdminPeers, AdminQuestion, NodeAnswer, NodeView } from './node/admin-question.js';
export type { DecisionFeed } from './node/happening-log.js';
export { sendAdminResponse } from './message/send-response.js';
export { listenAdmin } from './listener/listen-admin.js';
export type { AdminListener, ListenAdminOptions } from './listener/listen-admin.js';
export { ProblemError } from './message/problem.js';
export type { ProblemParts } from './message/problem.js';
export { cursorBehind, firstBehind, readCursor } from './message/key-cursor.js';
export { readRequestBody } from './message/read-body.js';
