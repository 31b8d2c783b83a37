// A real RabbitMQ server comes up in each of its forms, keeps what is durable, and nothing of it stays.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { createInterface } from 'node:readline';

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { answersAmqp } from './amqp-greeting.js';
import type { RabbitmqServer } from './rabbitmq.js';
import { freePort } from '../processes/free-port.js';
import { waitFor } from '../processes/wait-for.js';
import { Testbed } from '../testbed.js';

/** Whatever still runs of that folder: all that a server starts has the folder in its environment. */
function leftovers(folder: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/environ`, 'latin1').includes(folder);
      } catch {
        return false;
      }
    })
    .map((pid) => readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ').slice(0, 100));
}

async function nothingLeft(folder: string): Promise<void> {
  await waitFor(
    () => {
      const left = leftovers(folder);
      if (left.length > 0) throw new Error(left.join('; '));
      return true;
    },
    { within: 5_000, what: 'nothing of it runs' },
  );
}

describe('a RabbitMQ server', () => {
  it('answers, keeps its port and what is durable over a restart and a kill, and leaves nothing', async () => {
    const bed = new Testbed();
    const rabbitmq = await bed.rabbitmq({ management: true });
    const { management, port } = rabbitmq;
    expect(leftovers(bed.folder)).not.toEqual([]);
    await management.putQueue('kept');
    expect(await management.publish('', 'kept', 'a message')).toBe(true);
    expect(await management.publish('', 'nobody', 'a message')).toBe(false);
    // The API counts what its samples saw; the server itself knows at once.
    const ready = (): Promise<string> =>
      rabbitmq.evaluate('[rabbit_amqqueue:stat(Q) || Q <- rabbit_amqqueue:list(<<"/">>)].');
    expect(await ready()).toBe('[{ok,1,0}]');

    expect(await rabbitmq.stop()).toEqual({ code: 0, signal: null });
    await expect(answersAmqp(port, undefined)).rejects.toThrow(/ECONNREFUSED/);
    await nothingLeft(bed.folder);
    await rabbitmq.restart();
    expect(await answersAmqp(port, undefined)).toBe(true);
    expect(await ready()).toBe('[{ok,1,0}]');

    expect(await rabbitmq.kill()).toEqual({ code: null, signal: 'SIGKILL' });
    await nothingLeft(bed.folder);
    await rabbitmq.restart();
    expect(await ready()).toBe('[{ok,1,0}]');
    await bed.close();
    await nothingLeft(bed.folder);
    expect(existsSync(bed.folder)).toBe(false);
  });

  it('is gone with all that it started when its owner is killed', async () => {
    const script = `
      const { Testbed } = await import(${JSON.stringify(new URL('../index.js', import.meta.url).href)});
      const bed = new Testbed();
      await bed.rabbitmq();
      console.log(bed.folder);
      setInterval(() => undefined, 1000);`;
    const owner = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const [folder] = (await once(createInterface({ input: owner.stdout }), 'line')) as [string];
    expect(leftovers(folder)).not.toEqual([]);
    owner.kill('SIGKILL');
    await nothingLeft(folder);
    await waitFor(() => !existsSync(folder), { within: 5_000, what: 'its folder is gone' });
  });

  it('blocks publishers while its memory is said to be short', async () => {
    await using bed = new Testbed();
    const rabbitmq = await bed.rabbitmq();
    const client = await bed.client({ broker: rabbitmq });
    await client.send({ name: 'truth.ok' });
    await rabbitmq.memoryAlarm(true);
    let sent = false;
    const sending = client.send({ name: 'truth.ok', count: 2 }).finally(() => {
      sent = true;
    });
    const states = (): Promise<string> =>
      rabbitmq.evaluate('[S || [{state, S}] <- rabbit_networking:connection_info_all([state])].');
    await waitFor(async () => (await states()).includes('block'), { within: 10_000, what: 'a blocked connection' });
    await rabbitmq.memoryAlarm(false);
    await sending;
    expect(sent).toBe(true);
    expect(await states()).not.toContain('block');
  });

  it('that finds its port taken, or its configuration wrong, fails with its own last words', async () => {
    await using bed = new Testbed();
    const port = await freePort();
    const stranger = createServer().listen(port, '127.0.0.1');
    try {
      await expect(bed.rabbitmq({ port })).rejects.toThrow(/eaddrinuse/);
    } finally {
      stranger.close();
    }
    await expect(bed.rabbitmq({ config: ['no_such_option = 1'] })).rejects.toThrow(/no_such_option/);
  });
});

describe('logins and virtual hosts', () => {
  const bed = new Testbed();
  let rabbitmq: RabbitmqServer;

  beforeAll(async () => {
    rabbitmq = await bed.rabbitmq({
      management: true,
      tls: { clientCertificate: true },
      user: 'a b',
      password: 'p@#ss:w/"rd',
      vhost: '/shop',
      moreVhosts: ['other'],
      users: [{ name: 'watcher', password: 'eye', read: '^celeryev$' }],
    });
  });

  afterAll(() => bed.close());

  it('are of any characters, over TLS with a certificate, for Celery too', async () => {
    expect(rabbitmq.url).toBe(`amqps://a%20b:p%40%23ss%3Aw%2F%22rd@127.0.0.1:${rabbitmq.port}/%2Fshop`);
    expect(await answersAmqp(rabbitmq.port, undefined).catch(() => false)).toBe(false);
    const worker = await bed.worker({ broker: rabbitmq });
    const client = await bed.client({ broker: rabbitmq });
    await client.awaitWorkers([worker.nodename]);
    await client.send({ name: 'truth.ok' });
    await waitFor(async () => (await bed.truth()).count({ what: 'succeeded' }) === 1, {
      within: 20_000,
      what: 'it has run it',
    });
    expect((await rabbitmq.management.queues()).map(({ name }) => name)).toContain('celery');
    expect(await rabbitmq.management.queues('other')).toEqual([]);
    const exchanges = (await rabbitmq.management.bindings()).map(({ source }) => source);
    expect(exchanges).toContain('celeryev');
    const seen = waitFor(async () => (await rabbitmq.management.connections()).length > 0, {
      within: 15_000,
      what: 'the connections are sampled',
    });
    await seen;
    expect(await rabbitmq.management.closeConnections()).toBeGreaterThan(0);
  });

  it('of a user have the rights that were said', async () => {
    expect(await rabbitmq.management.get('permissions/%2Fshop/watcher')).toEqual({
      user: 'watcher',
      vhost: '/shop',
      configure: '^$',
      write: '^$',
      read: '^celeryev$',
    });
    await expect(
      bed.send({ ...rabbitmq, celeryUrl: rabbitmq.urlFor({ user: 'watcher', password: 'eye' }) }, { name: 'truth.ok' }),
    ).rejects.toThrow(/403|ACCESS_REFUSED|access/i);
  });
});
