// A message to try things with: what AlertManager would post on a bad night, or what it did post.
import { readFileSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { shownValue } from '@celery-watch/service';
import { admit } from '../accept/admit.js';
import { parsePost, type Post } from '../accept/payload.js';
import { hashOfLabels, type Alert, type Notification } from '../notification/index.js';
import type { RelayConfig } from '../config/config.js';
import { CommandError } from './arguments.js';

const MINUTE = 60_000;

/**
 * The notification that the relay would store of a post which it sees for the first time. `file`: a webhook's JSON;
 * without it, a sample.
 */
export function notificationFor(config: RelayConfig, file: string | undefined, now: number): Notification {
  const post = file === undefined ? samplePost(now) : readPost(file, now);
  const group = {
    key: `${post.receiver}\n${post.groupKey}`,
    receiver: post.receiver,
    labels: post.groupLabels,
    externalURL: post.externalURL,
    ...(post.sender !== undefined && { sender: post.sender }),
  };
  // One audience, so that the channel that was asked for sees all of it, whatever the routes say.
  const start = { ...config.route, channels: ['preview'], routes: [] };
  const { entries } = admit(
    { group, alerts: post.alerts, truncated: post.truncated },
    { states: new Map(), episode: undefined },
    { start, dedup: config.dedup, newId: randomUUID },
    now,
  );
  const notification = entries[0]?.notification;
  if (notification === undefined) throw new CommandError(`${file ?? 'the sample'}: there is no alert in it`);
  return notification;
}

function readPost(file: string, now: number): Post {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch (error) {
    throw new CommandError(
      `--payload is "${shownValue(file)}", wanted a file with a webhook's JSON: ` +
        ((error as NodeJS.ErrnoException).code ?? (error as Error).message),
    );
  }
  const parsed = parsePost(bytes, now);
  if (parsed.kind === 'post') return parsed.post;
  throw new CommandError(
    `${file}: ` +
      (parsed.kind === 'unreadable'
        ? parsed.reason
        : 'JSON, but not a webhook of AlertManager (an object with "alerts")'),
  );
}

function samplePost(now: number): Post {
  const alert = (
    name: string,
    labels: Record<string, string>,
    minutes: number,
    annotations: Record<string, string>,
    resolvedMinutes?: number,
  ): Alert => ({
    status: resolvedMinutes === undefined ? 'firing' : 'resolved',
    labels: { alertname: name, component: 'celery', ...labels },
    annotations,
    startsAt: now - minutes * MINUTE,
    ...(resolvedMinutes !== undefined && { endsAt: now - resolvedMinutes * MINUTE }),
    generatorURL: 'http://prometheus.example.com:9090/graph?g0.expr=celery_queue_length+%3E+100&g0.tab=1',
    fingerprint: hashOfLabels({ name, ...labels }).slice(0, 16),
  });
  return {
    receiver: 'default',
    groupKey: '{}:{alertname="HighCeleryQueueLength"}',
    groupLabels: { alertname: 'HighCeleryQueueLength' },
    externalURL: 'http://alertmanager.example.com:9093',
    truncated: 0,
    alerts: [
      alert('CeleryQueueWithoutWorker', { severity: 'critical', queue: 'payments' }, 4, {
        summary: 'Nobody works on queue payments',
        summary_zh: '队列 payments 没有 Worker 消费',
        description: '312 tasks wait in queue payments, and no worker consumes it.',
        description_zh: '队列 payments 中有 312 个任务等待，但没有任何 Worker 消费。',
        value: '312',
        runbook_url: 'https://example.com/runbooks#celeryqueuewithoutworker',
      }),
      alert('HighCeleryQueueLength', { severity: 'warning', queue: 'mail' }, 26, {
        summary: 'Queue mail is long',
        summary_zh: '队列 mail 积压',
        description: '1,204 tasks wait.',
        description_zh: '有 1,204 个任务等待。',
        value: '1204',
      }),
      alert(
        'HighCeleryQueueLength',
        { severity: 'warning', queue: 'reports' },
        90,
        { summary: 'Queue reports is long', summary_zh: '队列 reports 积压' },
        2,
      ),
    ],
  };
}
