// A machine that has only run the plain demo lacks RabbitMQ: installed the first time that it is asked for.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { RABBITMQ_SERVER, REPOSITORY } from '@celery-watch/testbed';
import type { BrokerKind } from './broker.js';

/** Says on the terminal what it installs. Rejects where that failed, after the reason was said there. */
export async function installBroker(kind: BrokerKind): Promise<void> {
  if (kind !== 'rabbitmq' || existsSync(RABBITMQ_SERVER)) return;
  const setup = spawn('bash', [path.join(REPOSITORY, 'tools/setup'), 'rabbitmq'], { stdio: 'inherit' });
  const [code] = (await once(setup, 'exit')) as [number | null];
  if (code !== 0) throw new Error('RabbitMQ could not be installed; without it: npm run demo');
}
