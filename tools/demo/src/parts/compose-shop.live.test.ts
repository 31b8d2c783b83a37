// The shop in the containers of docker/docker-compose.yml: the environment that the file gives it is enough for it.
import { afterAll, describe, expect, it } from '@jest/globals';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { REPOSITORY, runCommand, Testbed, waitFor } from '@celery-watch/testbed';
import { parse } from 'yaml';

const SHOP = path.join(REPOSITORY, 'tools/demo/celery-app');
/** Root runs this in containers, and Python must not write into our sources. */
const PYTHON = ['PYTHONDONTWRITEBYTECODE=1', '/usr/bin/python3', '-u'] as const;

interface ComposeFile {
  readonly services: Readonly<Record<string, { image: string; environment?: Readonly<Record<string, string>> }>>;
}
const { services } = parse(readFileSync(path.join(REPOSITORY, 'docker/docker-compose.yml'), 'utf8'), {
  merge: true,
}) as ComposeFile;
const shops = Object.entries(services)
  .filter(([, { image }]) => image === 'celery-watch/demo-app')
  .map(([name, { environment = {} }]) => ({ name, environment }));

/** For `env -i`: these variables and no others. */
const only = (environment: Readonly<Record<string, string>>): string[] => [
  '-i',
  ...Object.entries(environment).map(([key, value]) => `${key}=${value}`),
];

describe('with the environment of the compose file', () => {
  const bed = new Testbed();
  afterAll(() => bed.close());

  it('there are a worker and customers', () => {
    expect(shops.map(({ name }) => name)).toEqual(['worker', 'customers']);
  });

  it.each(shops)('$name knows the shop, in which no fault of the world outside is on', async ({ environment }) => {
    const program = 'import shop; shop.sync_stock(); print(shop.fault("bank-away"), shop.fault("supplier-hangs"))';
    const said = await runCommand('/usr/bin/env', [...only(environment), ...PYTHON, '-c', program], { cwd: SHOP });
    expect(said).toBe('False False');
  });

  it('customers send orders to the broker', async () => {
    const redis = await bed.redis();
    const environment = { ...shops.find(({ name }) => name === 'customers')?.environment, BROKER_URL: redis.url };
    await bed.start({
      name: 'customers',
      command: '/usr/bin/env',
      args: [...only(environment), ...PYTHON, 'customers.py'],
      cwd: SHOP,
      leaf: true,
    });
    await waitFor(async () => Number(await redis.cli('LLEN', 'mail')) > 0, {
      what: 'the first orders',
      within: 30_000,
    });
  });
});
