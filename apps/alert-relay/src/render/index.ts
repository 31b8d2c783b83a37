// The door of the room: what rendering promises, and where a renderer comes from.
export * from './renderer.js';
export { createRenderer } from './create-renderer.js';
