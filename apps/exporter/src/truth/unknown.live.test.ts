// What workers do not tell, and what they tell otherwise than the exporter was told: no zero, no silence about it.
import { describe, expect, it } from '@jest/globals';
import { type Scrape, Testbed, waitFor } from '@celery-watch/testbed';
import { QUICK, type RunningExporter, startExporterProgram } from './testing.js';

const CELERY = { queue: 'celery' };
const STEPS = { priority_steps: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], sep: ':' };
const length = (page: Scrape, queue = 'celery'): number | undefined => page.value('celery_queue_length', { queue });

/** The words of the landing page. */
async function wordsOf(exporter: RunningExporter): Promise<string> {
  return (await exporter.get('/')).text.replace(/<[^>]+>/g, '').replaceAll('&quot;', '"');
}

describe('transport options of the workers that the exporter was not told', () => {
  it.concurrent('are taken over: 39 messages in ten steps are 39', async () => {
    await using bed = new Testbed();
    const redis = await bed.redis();
    const [exporter, wrong, client, worker] = await Promise.all([
      startExporterProgram(bed, [`--broker-url=${redis.url}`, ...QUICK]),
      startExporterProgram(bed, [`--broker-url=${redis.url}`, '--broker-transport-options={"sep": "|"}', ...QUICK]),
      bed.client({ broker: redis, transportOptions: STEPS }),
      bed.worker({ broker: redis, name: 'w1', transportOptions: STEPS }),
    ]);
    for (const each of [exporter, wrong])
      await each.until('the worker to have answered', (page) => page.value('celery_queue_consumers', CELERY) === 1);
    await worker.stop();
    await client.send(
      STEPS.priority_steps.map((priority) => ({ name: 'truth.ok', priority, count: priority === 9 ? 3 : 4 })),
    );
    expect(length(await exporter.until('39 messages', (page) => length(page) === 39))).toBe(39);
    expect(exporter.log().map(({ msg }) => msg)).toEqual(
      expect.arrayContaining(['priority_steps is taken over from the workers', 'sep is taken over from the workers']),
    );
    expect(await wordsOf(exporter)).toContain('sep is taken over from the workers');

    // What one was told holds, and is said to be wrong.
    await wrong.until('the messages of step 0', (page) => length(page) === 4);
    expect(await wordsOf(wrong)).toMatch(/Warning\s*sep is not what workers use/);
    expect(wrong.log().find(({ level }) => level === 'warn')?.msg).toContain('sep differs');
  });
});

describe('a worker that refuses to be asked', () => {
  it.concurrent.each([
    ['accepts pickle alone', { accept_content: ['pickle'], task_serializer: 'pickle' }],
    ['has remote control off', { worker_enable_remote_control: false }],
  ])('since it %s has no consumers that are counted as none', async (_title, settings) => {
    await using bed = new Testbed();
    const redis = await bed.redis();
    const [exporter, client] = await Promise.all([
      startExporterProgram(bed, [`--broker-url=${redis.url}`, '--queues=celery,nobody', ...QUICK]),
      bed.client({ broker: redis, sendSentEvent: true, settings }),
      bed.worker({ broker: redis, name: 'w1', settings }),
    ]);
    await exporter.until('the worker to be up', (page) => page.value('celery_workers') === 1);
    await client.send([
      { name: 'truth.ok', count: 5 },
      { name: 'truth.ok', queue: 'nobody', count: 3 },
    ]);
    const page = await exporter.until(
      'the tasks to end',
      (each) => each.sum('celery_tasks_total', { state: 'succeeded' }) === 5 && length(each, 'nobody') === 3,
    );
    expect([...page.series('celery_queue_consumers'), ...page.series('celery_queue_processes')]).toEqual([]);
    await waitFor(async () => (await wordsOf(exporter)).includes('Whether anybody takes messages from 1 queue'), {
      within: 15_000,
      what: 'the page to say so',
    });
    expect(await wordsOf(exporter)).toContain('1 worker has not answered remote control');
  });
});
