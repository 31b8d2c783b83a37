// The door of the room: matchers and routes.
export * from './matcher.js';
export * from './route.js';
