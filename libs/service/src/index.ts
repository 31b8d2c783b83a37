// What the library offers.
export * from './backoff.js';
export * from './file-access.js';
export * from './http.js';
export * from './log.js';
export * from './options/index.js';
export * from './prose.js';
export * from './run.js';
export * from './secret.js';
export * from './once-in.js';
export * from './seldom.js';
export * from './foreign-data.js';
export * from './foreign-time.js';
export * from './web-config/read-web-config.js';
export * from './web-config/web-config-watch.js';
export { certificateIn } from './web-config/tls-material.js';
