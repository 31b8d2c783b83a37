// Sentinel: finding the master, following it, and not being fooled by an old one.
import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { describe, expect, it } from '@jest/globals';
import { readTransportOptions } from '@celery-watch/celery-protocol';
import { type SentinelSetup, Testbed, waitFor } from '@celery-watch/testbed';
import { EVENTS, type SentMessage } from '../broker-contract.js';
import { envelope } from './testing-messages.js';
import { watchBroker, type WatchedBroker } from './testing-broker.js';

const HEARTBEAT = '/0.celeryev/worker.heartbeat';

function watch(setup: SentinelSetup): WatchedBroker {
  return watchBroker(setup.url, { transportOptions: readTransportOptions(setup.transportOptions).options });
}

async function eventsComeFrom(
  server: { cli(...args: string[]): Promise<string> },
  { heard }: WatchedBroker,
): Promise<void> {
  const before = heard.events.length;
  await waitFor(
    async () => Number(await server.cli('PUBLISH', HEARTBEAT, String(envelope(EVENTS[0] as SentMessage)))) > 0,
    {
      within: 30_000,
      what: 'a subscriber at the new master',
    },
  );
  await heard.until('an event', () => heard.events.length > before);
}

interface Opinion {
  readonly port: number;
  readonly epoch: number;
}

/** A Sentinel that knows one thing, and says it whatever it is asked. */
async function startOpinion(opinion: Opinion): Promise<AsyncDisposable & { readonly port: number; opinion: Opinion }> {
  const sockets = new Set<Socket>();
  const fields = (): string[] => [
    'name',
    'mymaster',
    'ip',
    '127.0.0.1',
    'port',
    String(said.opinion.port),
    'flags',
    'master',
    'config-epoch',
    String(said.opinion.epoch),
  ];
  const server = createServer((socket) => {
    sockets.add(socket.on('error', () => undefined).on('close', () => sockets.delete(socket)));
    socket.on('data', (bytes) => {
      for (const command of bytes.toString().match(/client|sentinel/gi) ?? []) {
        socket.write(
          /client/i.test(command)
            ? '+OK\r\n'
            : `*1\r\n*10\r\n${fields()
                .map((text) => `$${String(text.length)}\r\n${text}\r\n`)
                .join('')}`,
        );
      }
    });
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const said = {
    opinion,
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      await once(server.close(), 'close');
    },
  };
  return said;
}

describe('behind Sentinels, the Redis broker', () => {
  it('listens at the master, and at the next one when it dies', async () => {
    await using bed = new Testbed();
    const setup = await bed.sentinel({ password: 'p@ss', sentinelPassword: 'sentinel-pass' });
    await using watched = watch(setup);
    await watched.listening();
    await eventsComeFrom(setup.master, watched);
    expect(await setup.failover()).toBe(setup.replica);
    await eventsComeFrom(setup.replica, watched);
    expect(watched.heard.connections).toEqual([false, true]);
    await expect(watched.broker.readQueues(['celery'])).resolves.toMatchObject({ unacked: 0 });
    // The old one comes back, and is made a replica: nobody there is spoken to. A Sentinel on a busy machine distrusts
    // its clock for half a minute (TILT).
    await setup.master.restart();
    await waitFor(async () => (await setup.master.cli('ROLE')).startsWith('slave'), {
      within: 180_000,
      what: 'the old master is a replica',
    });
    await eventsComeFrom(setup.replica, watched);
    expect(watched.heard.connections).toHaveLength(2);
    expect(watched.log().join('\n')).not.toMatch(/p@ss|sentinel-pass/);
  }, 300_000);

  it('follows when the master is exchanged while it lives', async () => {
    await using bed = new Testbed();
    const setup = await bed.sentinel();
    await using watched = watch(setup);
    await watched.listening();
    await bed.start({
      name: 'failover',
      command: 'redis-cli',
      args: ['-p', String(setup.sentinels[0]?.port), 'SENTINEL', 'FAILOVER', setup.masterName],
    });
    await waitFor(async () => (await setup.currentMaster()) === setup.replica, {
      within: 60_000,
      what: 'the exchange',
    });
    await eventsComeFrom(setup.replica, watched);
  });

  it('believes the newest opinion, and leaves a master that still works but is the master no longer', async () => {
    await using bed = new Testbed();
    const [one, other] = [await bed.redis(), await bed.redis()];
    await using outdated = await startOpinion({ port: one.port, epoch: 1 });
    await using informed = await startOpinion({ port: other.port, epoch: 2 });
    await using watched = watchBroker(
      `sentinel://127.0.0.1:${String(outdated.port)};sentinel://127.0.0.1:${String(informed.port)}`,
      { transportOptions: { masterName: 'mymaster' } },
    );
    await watched.listening();
    await eventsComeFrom(other, watched);
    outdated.opinion = { port: one.port, epoch: 3 };
    await watched.heard.until('listening at the other one', () => watched.heard.connections.length === 2);
    await eventsComeFrom(one, watched);
    expect(watched.heard.reasons).toEqual([
      `the Sentinels have made 127.0.0.1:${String(one.port)} the master mymaster, no longer 127.0.0.1:${String(other.port)}`,
    ]);
  });

  it('works with one Sentinel of three, and says what each of them did when none helps', async () => {
    await using bed = new Testbed();
    const setup = await bed.sentinel();
    await Promise.all(setup.sentinels.slice(0, 2).map(({ process }) => process.stop()));
    {
      await using watched = watch(setup);
      await watched.listening();
      expect(watched.heard.reasons).toEqual([]);
    }
    await setup.sentinels[2]?.process.stop();
    await using watched = watch(setup);
    const ports = setup.sentinels.map(
      ({ port }) => `Sentinel 127.0.0.1:${String(port)} refuses the connection: nothing listens there`,
    );
    expect(await watched.reason()).toBe(`no Sentinel tells where the master mymaster is: ${ports.join('; ')}`);
  });

  it('names a wrong password of the Sentinels, a master that they do not know, and one that they hold for down', async () => {
    await using bed = new Testbed();
    const setup = await bed.sentinel({ sentinels: 1, sentinelPassword: 'sentinel-pass' });
    const reasonWith = async (transportOptions: object): Promise<string> => {
      await using watched = watchBroker(setup.url, { transportOptions });
      return await watched.reason();
    };
    expect(await reasonWith({ masterName: 'mymaster' })).toMatch(
      /Sentinel \S+ wants a password, and none is configured$/,
    );
    expect(await reasonWith({ masterName: 'mymaster', sentinelPassword: 'wrong' })).toMatch(
      /Sentinel \S+ refuses the login: wrong password or user name$/,
    );
    expect(await reasonWith({ masterName: 'theirs', sentinelPassword: 'sentinel-pass' })).toMatch(
      /master theirs is: Sentinel \S+ knows no master of that name$/,
    );
    await setup.replica.kill();
    await setup.master.kill();
    await using watched = watch(setup);
    await watched.heard.until('the reason', () =>
      watched.heard.reasons.some((reason) => /hold the master mymaster \(127\.0\.0\.1:\d+\) for down$/.test(reason)),
    );
  });

  it('needs the name of the master', () => {
    expect(() => watchBroker('sentinel://127.0.0.1:26379')).toThrow(/master_name/);
  });
});
