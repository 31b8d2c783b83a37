// A client that posts as AlertManager does, over connections that stay open: as fast as it is answered, or at a steady
// rate.
import http from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';

export interface PostRun {
  readonly url: string;
  readonly posts: number;
  readonly connections: number;
  /** Posts a second; absent: each connection posts as soon as it was answered. */
  readonly rate?: number;
  readonly alerts: number;
}

export interface PostTimes {
  readonly seconds: number;
  /** Of each answer, in milliseconds; at a steady rate from when the post was due. */
  readonly answers: readonly number[];
  readonly refused: number;
}

let groups = 0;

/** A group that no post had before, all its alerts new. */
export function freshPost(alerts: number, now = Date.now()): string {
  const group = ++groups;
  const startsAt = new Date(now).toISOString();
  return JSON.stringify({
    receiver: 'relay',
    status: 'firing',
    version: '4',
    groupKey: `{}:{group="${group}"}`,
    groupLabels: { alertname: 'HighCeleryQueueLength', group: String(group) },
    commonLabels: { alertname: 'HighCeleryQueueLength' },
    commonAnnotations: {},
    externalURL: 'http://alertmanager.example.com:9093',
    truncatedAlerts: 0,
    alerts: Array.from({ length: alerts }, (_, n) => ({
      status: 'firing',
      startsAt,
      endsAt: '0001-01-01T00:00:00Z',
      fingerprint: (group * 1000 + n).toString(16).padStart(16, '0'),
      labels: {
        alertname: 'HighCeleryQueueLength',
        queue: `queue-${n}`,
        group: String(group),
        instance: 'celery-exporter:9808',
        job: 'celery',
        severity: n === 0 ? 'critical' : 'warning',
      },
      annotations: {
        summary: `Queue queue-${n} is long`,
        summary_zh: `队列 queue-${n} 积压`,
        description: `1,204 tasks wait in queue-${n}, for more than 10 minutes.`,
        runbook_url: 'https://example.com/runbooks#highceleryqueuelength',
      },
      generatorURL: 'http://prometheus.example.com:9090/graph?g0.expr=celery_queue_length+%3E+100&g0.tab=1',
    })),
  });
}

export async function postAll({ url, posts, connections, rate, alerts }: PostRun): Promise<PostTimes> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: connections });
  const answers: number[] = [];
  let [sent, refused] = [0, 0];
  const begin = performance.now();
  const postOne = async (due: number): Promise<void> => {
    const status = await post(agent, `${url}/webhook/alertmanager`, freshPost(alerts));
    answers.push(performance.now() - due);
    if (status !== 200) refused++;
  };
  if (rate === undefined) {
    await Promise.all(
      Array.from({ length: connections }, async () => {
        while (sent < posts) {
          sent++;
          await postOne(performance.now());
        }
      }),
    );
  } else {
    const under: Promise<void>[] = [];
    for (; sent < posts; sent++) {
      const due = begin + (sent / rate) * 1000;
      const early = due - performance.now();
      if (early > 1) await delay(early);
      under.push(postOne(due));
    }
    await Promise.all(under);
  }
  agent.destroy();
  return { seconds: (performance.now() - begin) / 1000, answers, refused };
}

function post(agent: http.Agent, url: string, body: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = http.request(
      url,
      {
        method: 'POST',
        agent,
        headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) },
      },
      (response) => {
        response.resume().once('end', () => {
          resolve(response.statusCode ?? 0);
        });
      },
    );
    request.once('error', reject);
    request.end(body);
  });
}
