// Threads that make messages: the same message as here, and what becomes of one whose thread dies.
import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, expect, test } from '@jest/globals';
import { waitFor } from '@celery-watch/testbed';
import { MessageMaker } from './message-parts.js';
import { openMessageThreads, RunawayTemplates, type MessageThreads, type ThreadSettings } from './message-threads.js';
import { ENDLESS, jobOf, queues, setupOf, TYPES } from './testing-threads.js';

const opened: MessageThreads[] = [];
const open = (settings: Partial<ThreadSettings> = {}): MessageThreads => {
  const threads = openMessageThreads({ heapMb: 64, ...settings });
  opened.push(threads);
  return threads;
};
afterEach(() => Promise.all(opened.splice(0).map((each) => each.close())));

test.each(TYPES)('a message for %s is the same there as here', async (type) => {
  for (const form of ['own', 'built-in', 'plain'] as const) {
    const job = jobOf(type, { form, notifications: [queues(40)], setup: setupOf(type, '{{ alert.name }}: mine') });
    expect(await open().make(job)).toEqual(new MessageMaker().make(job));
  }
});

test('templates that run away are ended by the processor time that they take, and the next message is made', async () => {
  const threads = open({ cpuMs: 300 });
  const setup = setupOf('console', ENDLESS);
  const [first, second] = [threads.make(jobOf('console', { setup })), threads.make(jobOf('console'))];
  await expect(first).rejects.toBeInstanceOf(RunawayTemplates);
  expect((await second).parts).toHaveLength(1);
  expect((await threads.make(jobOf('console', { setup, form: 'built-in' }))).parts).toHaveLength(1);
});

test('built-in templates have no limit', async () => {
  const made = await open({ cpuMs: 0 }).make(jobOf('email', { notifications: [queues(5_000)] }));
  expect(made.parts.at(-1)?.part.to).toBe(5_000);
});

test('what throws is told with its reason, and the thread goes on', async () => {
  const threads = open();
  await expect(threads.make(jobOf('console', { notifications: [{ json: '{"ki', acceptedAt: 1 }] }))).rejects.toThrow(
    'SyntaxError',
  );
  expect((await threads.make(jobOf('console'))).parts).toHaveLength(1);
});

test.each([
  [
    'ends',
    "import { parentPort } from 'node:worker_threads'; parentPort.on('message', () => process.exit(3));",
    'ended',
  ],
  [
    'takes more memory than it may have',
    `import { parentPort } from 'node:worker_threads';
    const kept = [];
    parentPort.on('message', () => { for (;;) kept.push({ n: kept.length, text: 'x' + kept.length }); });`,
    'memory limit',
  ],
  ['cannot be loaded', "import './nothing.js';", 'Cannot find module'],
])('a thread that %s rejects its message and the next one: nobody waits for ever', async (_, text, why) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'threads-'));
  const program = path.join(folder, 'program.mjs');
  writeFileSync(program, text);
  const threads = open({ program });
  const tries = [threads.make(jobOf('console')), threads.make(jobOf('console'))];
  for (const each of tries) await expect(each).rejects.toThrow(why);
  rmSync(folder, { recursive: true });
});

test('a thread without work ends, and another begins with the next message', async () => {
  const threads = open({ idleMs: 1 });
  const ports = (): number => process.getActiveResourcesInfo().filter((each) => each === 'MessagePort').length;
  const before = ports();
  for (let round = 0; round < 2; round++) {
    expect((await threads.make(jobOf('console'))).parts).toHaveLength(1);
    await waitFor(() => ports() === before, { within: 20_000, what: 'the end of the thread' });
  }
});

test('closed, it rejects what is being made and what waits', async () => {
  const threads = open();
  const tries = [
    threads.make(jobOf('console', { setup: setupOf('console', ENDLESS) })),
    threads.make(jobOf('console')),
  ];
  const ends = Promise.allSettled(tries);
  await threads.close();
  expect((await ends).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await expect(threads.make(jobOf('console'))).rejects.toThrow('the relay stops');
});

test('loads no library that reads a configuration, logs or sends: each takes megabytes in every thread', async () => {
  const program = pathToFileURL(path.join(import.meta.dirname, 'message-parts.js')).href;
  const told = `
    import { registerHooks } from 'node:module';
    registerHooks({ load: (url, context, next) => (console.log(url), next(url, context)) });
    await import(${JSON.stringify(program)});`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', told]);
  const libraries = stdout.matchAll(/\/node_modules\/((?:@[^/]+\/)?[^/]+)\//g);
  expect([...new Set([...libraries].map(([, name]) => name))]).toEqual(['liquidjs']);
});
