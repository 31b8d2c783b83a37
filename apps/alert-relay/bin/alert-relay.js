#!/usr/bin/env node
// The door of the relay: runs the compiled program, and says what is missing where it cannot.
import { existsSync } from 'node:fs';
import { isBuiltin } from 'node:module';

// Until the program listens itself: SIGHUP would end it while it is still being loaded.
process.on('SIGHUP', () => {});
const program = new URL('../dist/main.js', import.meta.url);
function refuse(why) {
  console.error(`alert-relay: ${why}`);
  process.exit(1);
}
// The store is Node's own SQLite.
if (!isBuiltin('node:sqlite'))
  refuse(
    `Node.js 24 or newer is wanted, and this is ${process.version}. \`npm ci\` in the project folder brings its own: node_modules/.bin/node, which \`npx alert-relay\` uses.`,
  );
if (!existsSync(program)) refuse('it is not built yet: run `npm run build` in the project folder first.');
await import(program.href);
