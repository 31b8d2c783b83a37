// The door of the room: what alerts, notifications and messages are.
export * from './alert.js';
export * from './message.js';
export * from './notification.js';
export * from './receipt.js';
export * from './stored.js';
export * from './verdict.js';
