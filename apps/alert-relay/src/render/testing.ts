// Alerts, messages and renderers for the tests of this room.
import { compose, type Alert, type Group, type Message, type Notification } from '../notification/index.js';
import type { Markup, Part } from '../channels/channel.js';
import { readTemplates } from './template-files.js';
import { createRenderer, type RenderSettings, type Rendered, type RenderRequest } from './renderer.js';

const MINUTE = 60_000;
/** 10:36 in Shanghai. */
export const NOW = Date.UTC(2026, 10, 24, 2, 36, 20);
export const minutesAgo = (minutes: number): number => NOW - minutes * MINUTE;

export const MARKUPS = ['html', 'plain', 'slack', 'dingtalk', 'wecom', 'feishu'] as const satisfies readonly Markup[];

let made = 0;

export function alertOf(
  labels: Record<string, string>,
  annotations: Record<string, string> = {},
  more: Partial<Alert> = {},
): Alert {
  return {
    status: 'firing',
    labels: { alertname: 'HighCeleryQueueLength', severity: 'warning', component: 'celery', job: 'celery', ...labels },
    annotations,
    startsAt: minutesAgo(34),
    generatorURL: 'http://prometheus:9090/graph?g0.expr=celery_queue_length+%3E+100&g0.tab=1',
    fingerprint: `f${++made}`,
    identity: `f${made}`,
    ...more,
  };
}

export function groupOf(
  labels: Record<string, string> = { alertname: 'HighCeleryQueueLength' },
  more: Partial<Group> = {},
): Group {
  return {
    key: `celery-relay\n${JSON.stringify(labels)}`,
    receiver: 'celery-relay',
    labels,
    externalURL: 'http://alertmanager:9093',
    ...more,
  };
}

export function noteOf(changes: readonly Alert[], more: Partial<Notification> = {}): Notification {
  return {
    kind: 'news',
    group: groupOf(),
    episode: { id: 'e1', opened: true },
    acceptedAt: NOW - 4_000,
    changes,
    standing: { count: 0, alerts: [] },
    truncated: 0,
    ...more,
  };
}

export function messageOf(changes: readonly Alert[], more: Partial<Notification> = {}): Message {
  return compose([noteOf(changes, more)], NOW);
}

/** `templates`: their folder. */
type TestSettings = Partial<Omit<RenderSettings, 'templates'>> & { readonly templates?: string };

export function render(
  { templates, ...settings }: TestSettings,
  request: Partial<RenderRequest> & { message: Message },
): Rendered {
  const renderer = createRenderer({
    markup: 'plain',
    locale: 'en',
    timezone: 'Asia/Shanghai',
    ...settings,
    ...(templates !== undefined && { templates: readTemplates(templates) }),
  });
  return renderer.render({
    id: 'b0c1',
    plan: undefined,
    possibleDuplicate: false,
    fits: () => true,
    maxParts: 3,
    ...request,
  });
}

/** The whole text of a part, sections one below the other. */
export function textOf({ body }: Pick<Part, 'body'>): string {
  return [body.head, ...body.blocks, body.foot].filter((each) => each !== '').join('\n\n');
}

/** What a server that counts bytes of JSON would count. */
export function bytesOf(part: Part): number {
  return Buffer.byteLength(JSON.stringify(`${part.title}\n\n${textOf(part)}`));
}

/** The first part's title and text, with the long addresses of AlertManager and Prometheus shortened to be readable. */
export function shown(settings: TestSettings, message: Message, request: Partial<RenderRequest> = {}): string {
  const [part] = render(settings, { message, ...request }).parts;
  if (part === undefined) throw new Error('no part');
  return `${part.title}\n\n${textOf(part)}`
    .replace(/http:\/\/alertmanager:9093\/#\/silences\/new\?filter=[^|)\s"]*/g, 'SILENCE')
    .replace(/http:\/\/alertmanager:9093\/#\/alerts\?filter=[^|)\s"]*/g, 'ALERTS')
    .replace(/http:\/\/prometheus:9090\/graph[^|)\s"]*/g, 'GRAPH')
    .replaceAll('\u2060', '');
}

export const RUNBOOK = 'docs/monitoring/ALERT_HANDLING_GUIDE.md#celeryworkerdown';
const WORKER_DOWN = {
  summary: 'Worker celery@w1 is down',
  description: 'Nothing was heard of it for more than 2 minutes.',
  summary_zh: 'Celery Worker celery@w1 离线',
  description_zh: '超过 2 分钟没有收到该 Worker 的任何消息。',
  runbook_url: RUNBOOK,
};
export const worker = alertOf(
  { alertname: 'CeleryWorkerDown', severity: 'critical', worker: 'celery@w1', hostname: 'box-7' },
  WORKER_DOWN,
);

export function queue(name: string, n: number, more = {}): ReturnType<typeof alertOf> {
  return alertOf(
    { queue: name },
    {
      summary: `Queue ${name} is too long`,
      summary_zh: `队列 ${name} 过长`,
      description: `${n} messages are waiting in it.`,
      description_zh: `队列中有 ${n} 条消息。`,
      runbook_url: 'https://runbooks.example.com/queue',
    },
    more,
  );
}
