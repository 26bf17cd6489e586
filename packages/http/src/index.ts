// message
export { HeaderFields, type HeaderFieldsInit } from './message/headers.js';
export { formatHttpDate, parseHttpDate } from './message/http-date.js';
export type { HttpRequest, HttpResponse, Origin, OriginContext, ResponseBody } from './message/http-message.js';
