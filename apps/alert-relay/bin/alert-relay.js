#!/usr/bin/env node
// The door of the relay: runs the compiled program, and says how to build it where that is missing.
import { existsSync } from 'node:fs';

const program = new URL('../dist/main.js', import.meta.url);
if (!existsSync(program)) {
  console.error('alert-relay is not built yet: run `npm run build` in the project folder first.');
  process.exit(1);
}
await import(program.href);
