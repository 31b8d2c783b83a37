// The end: at SIGTERM, whatever goes on, in under a second, with exit code 0 and nothing left behind.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { Agent, get } from 'node:http';
import { createServer } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  findProgram,
  freePort,
  type ProcessExit,
  REPOSITORY,
  type RedisServer,
  Testbed,
  waitFor,
} from '@celery-watch/testbed';
import { connectTo, QUICK, type RunningExporter, startExporterProgram, timed } from './testing.js';

const WITHIN = 1_000;
const NPX = findProgram(['npx']);

describe('SIGTERM ends the exporter in under a second', () => {
  const bed = new Testbed();
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await bed.redis();
  });
  afterAll(() => bed.close());
  const isUp = (exporter: RunningExporter) =>
    exporter.until('the broker to be up', (page) => page.value('celery_broker_up') === 1);

  async function expectToStop(exporter: RunningExporter, signal: 'SIGTERM' | 'SIGINT' = 'SIGTERM'): Promise<void> {
    let exit: ProcessExit | undefined;
    const took = await timed(async () => {
      exporter.process.signal(signal);
      exit = await exporter.process.exited;
    });
    expect(exit).toEqual({ code: 0, signal: null });
    expect(took).toBeLessThan(WITHIN);
    expect(exporter.log().filter(({ level }) => level === 'error' || level === 'fatal')).toEqual([]);
    expect(exporter.log().at(-1)).toMatchObject({ level: 'info', msg: 'stopping', signal });
  }

  it('while events flow and a scraper keeps its connection, and leaves no key and no connection on Redis', async () => {
    const [exporter, client] = await Promise.all([
      startExporterProgram(bed, [`--broker-url=${redis.url}`, ...QUICK]),
      bed.client({ broker: redis, sendSentEvent: true }),
      bed.worker({ broker: redis, name: 'w1' }),
    ]);
    await exporter.until('the worker to have answered', (page) => page.value('celery_worker_pool_processes') === 2);
    const agent = new Agent({ keepAlive: true });
    const scrape = async (): Promise<void> => {
      const [response] = (await once(get(`${exporter.url}/metrics`, { agent }), 'response')) as [NodeJS.ReadableStream];
      await text(response);
    };
    await scrape();
    await client.send({ name: 'truth.ok', args: [0.005], count: 3000 });
    await exporter.until('events to flow', (page) => page.sum('celery_tasks_total', { state: 'succeeded' }) > 50);
    await scrape();
    await expectToStop(exporter);
    agent.destroy();

    expect((await bed.truth()).count({ what: 'succeeded' })).toBeLessThan(3000);
    await using raw = await connectTo(redis);
    expect((await raw.keys('*')).filter((key) => /export|reply/.test(key))).toEqual([]);
    expect(await redis.cli('CLIENT', 'LIST')).not.toContain('celery-exporter');
  });

  it('at SIGINT as well', async () => {
    const exporter = await startExporterProgram(bed, [`--broker-url=${redis.url}`]);
    await isUp(exporter);
    await expectToStop(exporter, 'SIGINT');
  });

  it('while Redis is down', async () => {
    const own = await bed.redis();
    const exporter = await startExporterProgram(bed, [`--broker-url=${own.url}`, ...QUICK]);
    await isUp(exporter);
    await own.kill();
    await exporter.until('the broker to be down', (page) => page.value('celery_broker_up') === 0);
    await expectToStop(exporter);
  });

  it('while Redis is connected and hangs', async () => {
    const own = await bed.redis();
    const exporter = await startExporterProgram(bed, [`--broker-url=${own.url}`, ...QUICK]);
    await isUp(exporter);
    own.process.signal('SIGSTOP');
    await expectToStop(exporter);
    own.process.signal('SIGCONT');
  });

  it('while it waits for an answer that never comes', async () => {
    // Neither it nor its connections keep the test runner alive.
    const silent = createServer((socket) => {
      socket.unref();
    })
      .listen(0, '127.0.0.1')
      .unref();
    await once(silent, 'listening');
    const { port } = silent.address() as { port: number };
    const connected = once(silent, 'connection');
    const exporter = await startExporterProgram(bed, [`--broker-url=redis://127.0.0.1:${port}/0`]);
    await connected;
    await expectToStop(exporter);
    silent.close();
  });

  // npm signals the shell between alone, or nobody.
  it.each(['SIGTERM', 'SIGHUP', 'SIGKILL'] as const)(
    'also where npx started it, and npx is given %s: nothing stays behind',
    async (signal) => {
      const port = await freePort();
      const npx = spawn(NPX, ['celery-exporter', `--broker-url=${redis.url}`, `--port=${port}`], {
        cwd: REPOSITORY,
        detached: true,
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      try {
        let output = '';
        npx.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
        const url = `http://127.0.0.1:${port}`;
        await waitFor(
          () =>
            fetch(`${url}/readyz`).then(
              ({ ok }) => ok,
              () => false,
            ),
          {
            within: 30_000,
            what: 'the exporter to be connected',
          },
        );
        npx.kill(signal);
        await waitFor(
          () =>
            fetch(`${url}/healthz`).then(
              () => false,
              () => true,
            ),
          {
            within: 5_000,
            what: 'the exporter to be gone',
          },
        );
        await waitFor(() => output.includes('"msg":"stopping"'), { within: 2_000, what: 'its last words' });
        expect(output).not.toMatch(/"level":"(?:error|fatal)"/);
      } finally {
        // The whole group, which is ours: npx, its shell and the program.
        try {
          process.kill(-(npx.pid as number), 'SIGKILL');
        } catch {
          // All of it has ended.
        }
      }
    },
  );
});
