// Both programs on real parts: the exporter on a Redis of its own, the relay with a store and a console as its channel.
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { freePort, Testbed } from '@celery-watch/testbed';
import type { Figure, Workshop } from '../way.js';
import { type Installed, tryProgram } from './program.js';

/**
 * @param installed how to call each
 * @param seen under which name the programs see a file; it is another one where they run in a root of their own
 */
export async function tryBoth(
  installed: { readonly exporter: Installed; readonly relay: Installed },
  { scratch, version, signal }: Pick<Workshop, 'scratch' | 'version' | 'signal'>,
  seen: (file: string) => string = (file) => file,
): Promise<readonly Figure[]> {
  await using bed = new Testbed();
  const redis = await bed.redis();
  const exporterPort = String(await freePort());
  const exporter = await tryProgram(
    installed.exporter,
    {
      version: `celery-exporter ${version}`,
      args: [`--broker-url=${redis.url}`, '--host=127.0.0.1', `--port=${exporterPort}`],
      url: `http://127.0.0.1:${exporterPort}`,
      metric: /^celery_broker_up(?:\{[^}]*\})? 1$/m,
    },
    signal,
  );
  const relayPort = String(await freePort());
  const config = path.join(scratch, 'relay.yml');
  writeFileSync(
    config,
    `listen: 127.0.0.1:${relayPort}\nstorage: { path: ${seen(path.join(scratch, 'relay.db'))} }\n` +
      'channels:\n  - { name: out, type: console }\nroute: { channels: [out] }\n',
  );
  const relay = await tryProgram(
    installed.relay,
    {
      version: `alert-relay ${version}`,
      args: [`--config=${seen(config)}`],
      url: `http://127.0.0.1:${relayPort}`,
      metric: /^alert_relay_/m,
    },
    signal,
  );
  return [...exporter, ...relay];
}
