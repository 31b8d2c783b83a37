// Several relays on one PostgreSQL, behind a balancer that gives each post to the next of them: for the tests of what
// they do together.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { RelaySettings, RunningRelay, Testbed } from '@celery-watch/testbed';
import { launchRelay, settingsOf, writeConfig } from './testing.js';

export function startReplicas(
  bed: Testbed,
  count: number,
  databaseUrl: string,
  settings: RelaySettings,
): Promise<readonly RunningRelay[]> {
  return Promise.all(Array.from({ length: count }, () => startReplica(bed, databaseUrl, settings)));
}

export async function startReplica(bed: Testbed, databaseUrl: string, settings: RelaySettings): Promise<RunningRelay> {
  const whole = await settingsOf(bed, { storage: { url: databaseUrl }, ...settings });
  return launchRelay(bed, await writeConfig(bed, whole, `${String(whole['listen'])}.yml`));
}

export interface Balancer extends AsyncDisposable {
  readonly url: string;
}

/** One after the other; who does not answer at all is passed over, as balancers do. */
export async function startBalancer(relays: readonly RunningRelay[]): Promise<Balancer> {
  let turn = 0;
  const server = createServer((request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.once('end', () => {
      void (async () => {
        for (let tries = 0; tries < relays.length; tries++) {
          const relay = relays[turn++ % relays.length];
          const answer = await relay?.post(Buffer.concat(parts).toString()).catch(() => undefined);
          if (answer !== undefined) return response.writeHead(answer.status).end(answer.text);
        }
        return response.writeHead(502).end();
      })();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhook/alertmanager`,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
