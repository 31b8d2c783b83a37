// Records for tests: one alert, seen from its cause to its end, with times in seconds.
import type { ReceivedMessage } from '@celery-watch/testbed';
import type { ChannelName } from '../parts/channels.js';
import { type Accepted, type CauseRecord, type Episode, type InboxMessage, keyOf } from './records.js';

export const LABELS = {
  alertname: 'CeleryTaskFailing',
  name: 'shop.charge_card',
  severity: 'warning',
  component: 'celery',
};
export const ANNOTATIONS = {
  summary: 'Task shop.charge_card fails too often',
  summary_zh: '任务 shop.charge_card 失败率过高',
};

export function cause(at: number, more: Partial<CauseRecord> = {}): CauseRecord {
  return {
    id: 1,
    title: 'Make tasks fail',
    alerts: ['CeleryTaskFailing'],
    at: at * 1000,
    done: 'the bank does not answer',
    ...more,
  };
}

export function episode(activeAt: number, more: Partial<Episode> = {}): Episode {
  return { key: keyOf(LABELS), labels: LABELS, annotations: ANNOTATIONS, activeAt: activeAt * 1000, ...more };
}

export function accepted(status: Accepted['status'], saidAt: number, acceptedAt: number): Accepted {
  return {
    key: keyOf(LABELS),
    labels: LABELS,
    annotations: ANNOTATIONS,
    status,
    saidAt: saidAt * 1000,
    acceptedAt: acceptedAt * 1000,
  };
}

export function message(
  channel: ChannelName,
  at: number,
  text: string,
  more: Partial<ReceivedMessage> = {},
): InboxMessage {
  return { id: at, channel, message: { at: at * 1000, accepted: true, title: '', text, raw: text, ...more } };
}
