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
// The store is Node's own SQLite, which 22 has only in part.
if (Number(process.versions.node.split('.')[0]) < 24 || !isBuiltin('node:sqlite'))
  refuse(
    `Node.js 24 or newer is wanted, and this is ${process.version}. In a clone of the project \`npm run setup\` brings its own, which \`npx alert-relay\` uses; elsewhere install a newer one, or take the archive or the Debian package, which bring theirs.`,
  );
if (!existsSync(program)) refuse('it is not built yet: run `npm run setup` in the project folder first.');
await import(program.href);
