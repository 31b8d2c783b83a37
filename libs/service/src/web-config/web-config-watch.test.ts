// A web configuration that changes while the program runs: a file that lost its locks is not taken for what is meant.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, it } from '@jest/globals';
import { memoryLog } from '../log.js';
import { NO_WEB_CONFIG, type WebConfig } from './web-config.js';
import { WebConfigWatch } from './web-config-watch.js';
import { readWebConfig } from './read-web-config.js';

const HASH = '$2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG';
const LOCKED = `http_server_config:\n  headers:\n    X-Frame-Options: deny\nbasic_auth_users:\n  prom: ${HASH}\n`;
let folder = '';

beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), 'web-config-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function watching(text: string) {
  const file = path.join(folder, 'web.yml');
  const write = (next: string): void => writeFileSync(file, next);
  write(text);
  const readFile = (name: string): string => readFileSync(name, 'utf8');
  const { result } = readWebConfig({ file, readFile });
  const used: WebConfig[] = [];
  const { log, lines } = memoryLog();
  const first = result.ok ? result.config : NO_WEB_CONFIG;
  const watch = new WebConfigWatch({ file, readFile, log, first, use: (config) => used.push(config) });
  return { watch, write, used, lines };
}

it.each([
  ['emptied', ''],
  ['cut before its users', LOCKED.slice(0, LOCKED.indexOf('basic_auth_users'))],
  ['cut behind their key', LOCKED.slice(0, LOCKED.indexOf('  prom'))],
])('a file that was %s opens nothing, and is told as one that cannot be used', async (_, text) => {
  const { watch, write, used, lines } = watching(LOCKED);
  write(text);
  // Somebody may still be writing it.
  expect(await watch.look()).toMatchObject([{ key: 'basic_auth_users' }]);
  expect([watch.isGood, lines]).toEqual([true, []]);
  await watch.look();
  expect([watch.isGood, used]).toEqual([false, []]);
  expect(lines).toMatchObject([{ level: 'error', problems: [{ fix: expect.stringMatching(/SIGHUP/) }] }]);
  write(LOCKED.replace('deny', 'sameorigin'));
  await watch.look();
  expect([watch.isGood, used.length]).toEqual([true, 1]);
});

it('whoever asks for it may open a door', async () => {
  const { watch, write, used } = watching(LOCKED);
  write('');
  await watch.look();
  await watch.look();
  expect(await watch.look(true)).toEqual([]);
  expect([watch.isGood, used]).toMatchObject([true, [{ users: [] }]]);
});
