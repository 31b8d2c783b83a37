// Texts, secrets and what strangers wrote, alone: for threads that need nothing else. The options, the log and their
// libraries take megabytes in each.
export * from './foreign-data.js';
export * from './foreign-time.js';
export * from './node-http.js';
export * from './secret.js';
export { didYouMean } from './options/near-miss.js';
