// Flower with its ordinary options.
import { freePort, type RedisServer, scrape, type Testbed } from '@celery-watch/testbed';
import { type Consumer, subscribed } from './consumer.js';
import type { FlowerEnvironment } from './flower-environment.js';

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
