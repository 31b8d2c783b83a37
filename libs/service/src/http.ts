// The HTTP server alone, for a thread that needs nothing else: the options and their readers take megabytes.
export * from './door/door.js';
export * from './door/door-plan.js';
export * from './failed-logins.js';
export * from './foreign-pages.js';
export * from './http-refusals.js';
export * from './http-server.js';
export * from './node-http.js';
export * from './open-doors.js';
export * from './web-config/web-config.js';
export type { PlainLog } from './log.js';
