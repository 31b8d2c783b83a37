// Flower with its ordinary options: from PyPI, in a virtual environment of the bench's own, made once and kept.
import { freePort, type RedisServer, scrape, type Testbed } from '@celery-watch/testbed';
import { type Consumer, subscribed } from './consumer.js';
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';

export async function startFlower(bed: Testbed, redis: RedisServer, { python }: FlowerEnvironment): Promise<Consumer> {
  const port = await freePort();
  const url = `http://127.0.0.1:${String(port)}`;
  const started = await bed.start({
    name: 'flower',
    command: python,
    args: ['-m', 'celery', `--broker=${redis.url}`, 'flower', '--address=127.0.0.1', `--port=${String(port)}`],
    env: { PYTHONDONTWRITEBYTECODE: '1' },
    leaf: true,
  });
  const metricsUrl = `${url}/metrics`;
  // It answers before it listens, and tries to reach workers for seconds.
  await started.ready(async () => (await fetch(metricsUrl)).ok && (await subscribed(redis)), { within: 60_000 });
  return {
    name: 'Flower',
    process: started,
    metricsUrl,
    counts: async () => {
      const page = await scrape(metricsUrl, { timeout: 60_000 });
      const counts: Record<string, number> = {};
      for (const { labels, value } of page.series('flower_events_total'))
        counts[labels['type'] ?? ''] = (counts[labels['type'] ?? ''] ?? 0) + value;
      return counts;
    },
  };
}

const run = promisify(execFile);
const FOLDER = fileURLToPath(new URL('../../../../.venv-bench', import.meta.url));
const PYTHON = `${FOLDER}/bin/python`;
const VERSIONS =
  'import sys, importlib.metadata as m; print("Flower", m.version("flower"), "with Celery", m.version("celery") + ", kombu", m.version("kombu") + ", Python", sys.version.split()[0])';

export interface FlowerEnvironment {
  readonly python: string;
  /** "Flower 2.0.1 with Celery 5.6.3, …" */
  readonly versions: string;
}

/** The environment, or why there is none. */
export async function flowerEnvironment(say: (line: string) => void): Promise<FlowerEnvironment | string> {
  const found = await versions();
  if (found !== undefined) return { python: PYTHON, versions: found };
  say(`making ${FOLDER} with Flower from PyPI (once) …`);
  try {
    await makeEnvironment();
    await run(
      PYTHON,
      [
        '-m',
        'pip',
        'install',
        '--quiet',
        '--disable-pip-version-check',
        '--timeout',
        '20',
        '--retries',
        '1',
        'flower',
        'celery[redis]',
      ],
      { timeout: 240_000 },
    );
  } catch (error) {
    const { stderr = '', message } = error as Error & { stderr?: string };
    return `Flower could not be installed from PyPI: ${(stderr.trim() || message).split('\n').slice(-3).join(' ')}`;
  }
  const made = await versions();
  return made === undefined ? 'Flower was installed and does not run' : { python: PYTHON, versions: made };
}

async function versions(): Promise<string | undefined> {
  if (!existsSync(PYTHON)) return undefined;
  return run(PYTHON, ['-c', VERSIONS], { timeout: 30_000 }).then(
    ({ stdout }) => stdout.trim(),
    () => undefined,
  );
}

/** Debian's python3 lacks ensurepip unless python3-venv is installed; virtualenv does without. */
async function makeEnvironment(): Promise<void> {
  await rm(FOLDER, { recursive: true, force: true });
  try {
    await run('/usr/bin/python3', ['-m', 'venv', FOLDER], { timeout: 60_000 });
  } catch (error) {
    await rm(FOLDER, { recursive: true, force: true });
    await run('virtualenv', ['--python', '/usr/bin/python3', FOLDER], { timeout: 60_000 }).catch(() => {
      throw error;
    });
  }
}
