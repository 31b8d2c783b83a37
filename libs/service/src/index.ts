// The door of the library.
export * from './backoff.js';
export * from './http-server.js';
export * from './log.js';
export * from './options/index.js';
export * from './prose.js';
export * from './run.js';
export * from './secret.js';
