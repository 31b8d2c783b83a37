// Sample parts for the tests of channels.
import { compose, type Alert, type GroupEpisode, type Message, type Notification } from '../notification/index.js';
import type { Part, Sections } from './channel.js';

export const NOW = Date.UTC(2026, 7, 22, 10, 0, 0);

export function sampleAlert(overrides: Partial<Alert> = {}): Alert {
  return {
    status: 'firing',
    labels: { alertname: 'HighCeleryQueueLength', queue: 'default', severity: 'critical' },
    annotations: { summary: 'The queue default holds 1,204 messages' },
    startsAt: NOW - 60_000,
    generatorURL: 'http://prometheus:9090/graph',
    fingerprint: '1a2b3c4d5e6f7081',
    ...overrides,
  };
}

export interface SampleMessage {
  readonly alerts?: readonly Alert[];
  readonly labels?: Readonly<Record<string, string>>;
  readonly episode?: GroupEpisode;
  readonly undelivered?: Notification['undelivered'];
}

export function sampleMessage({
  alerts = [sampleAlert()],
  labels = { alertname: 'HighCeleryQueueLength', severity: 'critical' },
  episode = { id: 'episode-1', opened: true },
  undelivered,
}: SampleMessage = {}): Message {
  const group = { key: 'relay\n{}:{}', receiver: 'celery-relay', labels, externalURL: 'http://alertmanager:9093' };
  return compose(
    [
      {
        kind: 'news',
        group,
        episode,
        acceptedAt: NOW,
        changes: alerts,
        standing: { count: 0, alerts: [] },
        truncated: 0,
        ...(undelivered !== undefined && { undelivered }),
      },
    ],
    NOW,
  );
}

export function samplePart({ sections, ...overrides }: Partial<Part> & { readonly sections?: Sections } = {}): Part {
  const message = overrides.message ?? sampleMessage();
  const said = sections ?? {
    head: '1 new, firing since 18:00',
    blocks: ['HighCeleryQueueLength in default 队列积压'],
    foot: 'Nothing else fires',
  };
  return {
    key: '0f8fad5b-d9cb-469f-a165-70867728950e-1',
    title: '[1 firing, critical] HighCeleryQueueLength',
    tone: 'critical',
    body: said,
    plain: said,
    index: 1,
    total: 1,
    message,
    from: 0,
    to: message.alerts.length,
    possibleDuplicate: false,
    ...overrides,
  };
}

/** Texts that want to break out of what they are put into. */
export const HOSTILE: readonly (readonly [what: string, text: string])[] = [
  ['HTML', '<script>alert(1)</script><img src=x onerror=alert(1)></td></table>'],
  ['Markdown', '**bold** [link](http://evil.test) ![i](http://evil.test/p.png) `code` # x\n> quote\n```\nfence'],
  ['mentions', '<!channel> <!here> <@U012AB3CD> @all @13800000000 <at id=all></at> <@everyone>'],
  ['JSON', '"},"at":{"isAtAll":true},{"\\u0022\\'],
  ['headers of a mail', 'x\r\nBcc: evil@evil.test\r\n\r\n.\r\nMAIL FROM:<evil@evil.test>\r\n'],
  ['lines that end a mail', 'a\n.\n\n.\r\n--=_boundary--\r\n'],
  ['emoji and families', '👩‍👩‍👧‍👦🏳️‍🌈🔥 e\u0301 𝒳'],
  ['half characters', 'a\ud83d b\udc00 \ud800'],
  ['right to left', '\u202egnp.exe\u202c \u05d0\u05d1\u05d2 \u200f'],
  ['NUL and control characters', 'a\u0000b\u0001\u0008\u001b[31mred\u007f\u0085\u2028\u2029'],
  ['nothing', ''],
  ['blanks', ' \t\n '],
  ['a long line', 'word'.repeat(25_000)],
  ['long Chinese', '队'.repeat(33_000)],
];
