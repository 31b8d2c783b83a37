#!/usr/bin/env node
// The door of the exporter: runs the compiled program, and says how to build it where that is missing.
import { existsSync } from 'node:fs';
import { setFlagsFromString } from 'node:v8';

// Until the program listens itself: SIGHUP would end it while it is still being loaded.
process.on('SIGHUP', () => {});
const program = new URL('../dist/main.js', import.meta.url);
if (!existsSync(program)) {
  console.error('celery-exporter is not built yet: run `npm run setup` in the project folder first.');
  process.exit(1);
}
// Events are short-lived: a young generation that may not grow past its first megabyte keeps the process small, at no
// cost in speed.
setFlagsFromString('--semi-space-growth-factor=1');
await import(program.href);
