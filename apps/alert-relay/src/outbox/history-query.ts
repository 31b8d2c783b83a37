// Which deliveries somebody asks for, as the query of a URL: the command line writes it, the running relay reads it.
import { isRecord, parseTime } from '@celery-watch/service';
import { DELIVERY_STATES, type DeliveryState, type HistoryEntry, type HistoryFilter } from './outbox.js';
import { MOST_LISTED } from './rules.js';

/** One page of the history. */
export interface HistoryQuery {
  readonly filter: HistoryFilter;
  readonly limit: number;
  /** The last entry of the page before this one. */
  readonly before?: Pick<HistoryEntry, 'id' | 'acceptedAt'>;
}

/** What a query says; each key may stand several times. */
export type GivenQuery = Readonly<Record<string, unknown>>;

const USUAL_LIMIT = 100;
const KEYS = ['id', 'since', 'until', 'channel', 'state', 'alert', 'label', 'limit', 'before'];

export function writeHistoryQuery({ filter, limit, before }: HistoryQuery): string {
  const { ids = [], since, until, channel, states = [], labels = {} } = filter;
  return new URLSearchParams([
    ...ids.map((id) => ['id', String(id)]),
    ...(since === undefined ? [] : [['since', String(since)]]),
    ...(until === undefined ? [] : [['until', String(until)]]),
    ...(channel === undefined ? [] : [['channel', channel]]),
    ...states.map((state) => ['state', state]),
    ...Object.entries(labels).map(([name, value]) => ['label', `${name}=${value}`]),
    ['limit', String(limit)],
    ...(before === undefined ? [] : [['before', `${before.id},${before.acceptedAt}`]]),
  ]).toString();
}

/** What is wrong is said by key, as the end of a sentence; nothing that was given is repeated. */
export function readHistoryQuery(
  given: GivenQuery,
): { readonly ok: true; readonly query: HistoryQuery } | { readonly ok: false; readonly why: string } {
  const wrong: string[] = Object.keys(given).some((key) => !KEYS.includes(key))
    ? [`no other keys than ${KEYS.join(', ')}`]
    : [];
  const texts = (key: string): readonly string[] =>
    [given[key] ?? []].flat().map((each) => (typeof each === 'string' ? each : ''));
  const one = <T>(key: string, wanted: string, read: (text: string) => T | undefined): T | undefined => {
    const [text, ...more] = texts(key);
    if (text === undefined) return undefined;
    const value = more.length === 0 ? read(text) : undefined;
    if (value === undefined) wrong.push(`${key} as ${wanted}`);
    return value;
  };
  const each = <T>(key: string, wanted: string, read: (text: string) => T | undefined): readonly T[] | undefined => {
    const values = texts(key).map(read);
    if (values.includes(undefined)) wrong.push(`each ${key} as ${wanted}`);
    return values.length === 0 ? undefined : values.filter((value) => value !== undefined);
  };
  const time = 'milliseconds since 1970, or a date such as 2026-01-31T06:00:00Z';
  const ids = each('id', 'a number', wholeOf);
  const since = one('since', time, timeOf);
  const until = one('until', time, timeOf);
  const channel = one('channel', 'the name of a channel', (text) => (text === '' ? undefined : text));
  const states = each('state', `one of ${DELIVERY_STATES.join(', ')}`, (text) =>
    DELIVERY_STATES.find((state) => state === text),
  );
  const alert = one('alert', 'the name of an alert', (text) => (text === '' ? undefined : text));
  const labels = each('label', 'name=value', labelOf) ?? [];
  const limit = one('limit', `a number from 1 to ${MOST_LISTED}`, (text) => {
    const value = wholeOf(text);
    return value !== undefined && value >= 1 && value <= MOST_LISTED ? value : undefined;
  });
  const before = one('before', 'id,acceptedAt of an entry', entryOf);
  if (wrong.length > 0) return { ok: false, why: wrong.join('; ') };
  const named = [...labels, ...(alert === undefined ? [] : [['alertname', alert] as const])];
  return {
    ok: true,
    query: {
      filter: {
        ...(ids !== undefined && { ids }),
        ...(since !== undefined && { since }),
        ...(until !== undefined && { until }),
        ...(channel !== undefined && { channel }),
        ...(states !== undefined && { states }),
        ...(named.length > 0 && { labels: Object.fromEntries(named) }),
      },
      limit: limit ?? USUAL_LIMIT,
      ...(before !== undefined && { before }),
    },
  };
}

export function isDeliveryState(text: string): text is DeliveryState {
  return DELIVERY_STATES.some((state) => state === text);
}

/** A number that names something in a store. */
export function wholeOf(text: string): number | undefined {
  return /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

function timeOf(text: string): number | undefined {
  const value = wholeOf(text) ?? parseTime(text);
  return Number.isNaN(value) ? undefined : value;
}

function labelOf(text: string): readonly [string, string] | undefined {
  const at = text.indexOf('=');
  return at < 1 ? undefined : [text.slice(0, at), text.slice(at + 1)];
}

function entryOf(text: string): { readonly id: number; readonly acceptedAt: number } | undefined {
  const [id, acceptedAt, ...more] = text.split(',').map(wholeOf);
  return id === undefined || acceptedAt === undefined || more.length > 0 ? undefined : { id, acceptedAt };
}

/** Whether what another program answered is a page of the history. */
export function isHistoryPage(value: unknown): value is readonly HistoryEntry[] {
  return Array.isArray(value) && value.every((each) => isRecord(each) && typeof each['id'] === 'number');
}
