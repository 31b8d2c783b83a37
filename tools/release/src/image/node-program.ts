// The Node.js that goes into the images: the one of npm's package that this repository's lock file names.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { REPOSITORY } from '@celery-watch/testbed';

const PACKAGE = path.join(REPOSITORY, 'node_modules', `node-linux-${process.arch}`);

export const NODE_PROGRAM = path.join(PACKAGE, 'bin/node');

export const hasNodeProgram = (): boolean => existsSync(NODE_PROGRAM);

export function nodeVersion(): string {
  return (JSON.parse(readFileSync(path.join(PACKAGE, 'package.json'), 'utf8')) as { version: string }).version;
}
