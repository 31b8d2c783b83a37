// What becomes of a message that cannot be made as usual: tried again, without the user's templates, in the plain form.
import { expect, test } from '@jest/globals';
import { silentLog } from '@celery-watch/service';
import { RelayMetrics } from '../metrics/relay-metrics.js';
import type { Form, MessageJob, MessageParts } from '../render/message-job.js';
import { MessageMaker } from '../render/message-parts.js';
import { RunawayTemplates, type MessageThreads } from '../render/message-threads.js';
import { requestOf, setupOf } from '../render/testing-threads.js';
import { MessageMaking } from './message-making.js';
import { FastClock, START } from './testing.js';

/** Threads on which some forms of a message fail, each with its error. */
class FailingThreads implements MessageThreads {
  readonly asked: string[] = [];
  readonly #clock: FastClock;
  readonly errors = new Map<Form, Error>();

  constructor(clock: FastClock) {
    this.#clock = clock;
  }

  make({ form, ...job }: MessageJob): Promise<MessageParts> {
    this.asked.push(`${form} after ${(this.#clock.now() - START) / 1000} s`);
    const error = this.errors.get(form);
    return error === undefined ? Promise.resolve(new MessageMaker().make({ ...job, form })) : Promise.reject(error);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function start() {
  const clock = new FastClock();
  const threads = new FailingThreads(clock);
  const metrics = new RelayMetrics(silentLog(), clock.now);
  const setup = setupOf('console', '{{ alert.name }}: mine');
  const making = new MessageMaking({ setup, threads, metrics, log: silentLog(), clock });
  return { clock, threads, metrics, making, request: requestOf('console') };
}
const failures = async (metrics: RelayMetrics): Promise<string> =>
  /alert_relay_render_failures_total\{channel="ops"\} (\d+)/.exec(await metrics.page('text', undefined))?.[1] ?? 'none';
const never = new AbortController().signal;
const textOf = (made: Awaited<ReturnType<MessageMaking['make']>>): string =>
  made !== undefined && 'parts' in made ? made.parts.map(({ content }) => content).join('\n') : JSON.stringify(made);

test('the message goes out as usual where nothing fails', async () => {
  const { making, threads, metrics, request } = start();
  expect(textOf(await making.make(request, never))).toContain('HighCeleryQueueLength: mine');
  expect(threads.asked).toEqual(['own after 0 s']);
  expect(await failures(metrics)).toBe('none');
});

test('a message that fails is tried again, then without own templates, then sent in the plain form', async () => {
  const { making, threads, metrics, request } = start();
  for (const form of ['own', 'built-in'] as const) threads.errors.set(form, new Error('the thread that made it ended'));
  const text = textOf(await making.make(request, never));
  expect(text).toContain('Plain form');
  expect(text).toContain('Warning · HighCeleryQueueLength: Queue q0 is too long');
  expect(threads.asked).toEqual(['own after 0 s', 'own after 1 s', 'built-in after 6 s', 'plain after 6 s']);
  expect(await failures(metrics)).toBe('3');
});

test('templates that ran away are left at once, and rest for ten minutes', async () => {
  const { clock, making, threads, request } = start();
  threads.errors.set('own', new RunawayTemplates('they took 2.0 s of processor time'));
  expect(textOf(await making.make(request, never))).toContain('Queue q0 is too long');
  await making.make(request, never);
  await clock.wait(10 * 60_000, never);
  await making.make(request, never);
  expect(threads.asked).toEqual([
    'own after 0 s',
    'built-in after 0 s',
    'built-in after 0 s',
    'own after 600 s',
    'built-in after 600 s',
  ]);
});

test('without any threads the plain form is made here', async () => {
  const { making, threads, request } = start();
  for (const form of ['own', 'built-in', 'plain'] as const) threads.errors.set(form, new Error('no thread to be had'));
  expect(textOf(await making.make(request, never))).toContain('Plain form');
});

test('a relay that stops makes nothing more, and says so', async () => {
  const { clock, making, threads, request } = start();
  const stop = new AbortController();
  threads.errors.set('own', new Error('no thread to be had'));
  clock.at(500, () => {
    stop.abort();
  });
  expect(await making.make(request, stop.signal)).toBeUndefined();
  expect(threads.asked).toEqual(['own after 0 s']);
});
