// Reads one alert of a post, in the words of whoever sent it: AlertManager, Grafana, and those that write the same
// shape with fewer fields.
import { clip, isRecord } from '@celery-watch/service';
import { hashOfLabels, type Alert, type AlertLinks } from '../notification/index.js';
import { saidBy, wordOf, type Said } from './status-words.js';
import { LONGEST_TEXT, textOf, textsOf, timeOf, wholeTextsOf, type Texts } from './values.js';

/** Undefined for what is no alert. `said`: what the post itself says of its status. */
export function readAlert(value: unknown, said: Said | undefined, now: number): Alert | 'quiet' | undefined {
  if (!isRecord(value) || !isRecord(value['labels'])) return undefined;
  const labels = textsOf(value['labels']);
  const given = value['annotations'];
  const annotations = textsOf(typeof given === 'string' ? { description: given } : given);
  const identity = ownIdentity(value['labels'], labels, annotations);
  const startsAt = timeOf(value['startsAt']) ?? timeOf(value['activeAt']);
  const endsAt = timeOf(value['endsAt']);
  const own = saidBy(value['status']) ?? saidBy(value['state']);
  const status = own ?? statusOf(said, endsAt, now);
  if (status === 'quiet') return status;
  const unknown = own === undefined ? wordOf(value['status']) || wordOf(value['state']) : '';
  const measured = measuredOf(value, annotations);
  const links = linksOf(value);
  return {
    status,
    labels,
    annotations: unknown !== '' && status === 'firing' ? withWord(annotations, unknown) : annotations,
    ...(startsAt !== undefined && { startsAt }),
    ...(status === 'resolved' && endsAt !== undefined && { endsAt }),
    generatorURL: clip(textOf(value['generatorURL']), LONGEST_TEXT),
    fingerprint:
      clip(textOf(value['fingerprint']), LONGEST_FINGERPRINT) || (identity ?? hashOfLabels(labels)).slice(0, 16),
    ...(identity !== undefined && { identity }),
    ...(measured !== '' && { value: measured }),
    ...(links !== undefined && { links }),
  };
}

/** What tells it apart where its labels, as they are kept, do not: without any it is its texts. */
function ownIdentity(given: Readonly<Record<string, unknown>>, labels: Texts, annotations: Texts): string | undefined {
  if (!Object.values(labels).some((text) => text !== '')) return hashOfLabels(annotations);
  return labels === given ? undefined : hashOfLabels(wholeTextsOf(given));
}

const LONGEST_FINGERPRINT = 257;

/** Of an alert that says nothing itself: a post is firing where one of its alerts is, so an end has the last word. */
function statusOf(said: Said | undefined, endsAt: number | undefined, now: number): Said {
  if (said === 'quiet') return said;
  return said === 'resolved' || (endsAt !== undefined && endsAt <= now) ? 'resolved' : 'firing';
}

/** It is told as firing, since it may, and people read why. */
function withWord(annotations: Texts, word: string): Texts {
  const before = (text: string | undefined): string => (text === undefined || text === '' ? '' : `${text}\n`);
  const { description, description_zh: zh = description } = annotations;
  return {
    ...annotations,
    description: `${before(description)}The sender calls its state "${word}", which the relay does not know.`,
    description_zh: `${before(zh)}发送方给出的状态是“${word}”，告警中继不认识，按告警中处理。`,
  };
}

const LONGEST_VALUE = 1_001;

/** Grafana's values, as `B = 1.93, C = 1` (docs/protocol/alertmanager.md#grafana). */
function measuredOf(value: Readonly<Record<string, unknown>>, annotations: Readonly<Record<string, string>>): string {
  const values = isRecord(value['values']) ? Object.entries(textsOf(value['values'])) : [];
  const text =
    values.length > 0
      ? values.map(([name, number]) => `${name} = ${number}`).join(', ')
      : readable(textOf(value['valueString']) || (annotations['__value_string__'] ?? ''));
  return clip(text, LONGEST_VALUE);
}

/** `[ var='B' labels={host=db1} value=1.93 ], [ … ]`; what is written in another way stays as it is. */
function readable(valueString: string): string {
  const short = clip(valueString.trim(), LONGEST_VALUE);
  const parts = short.split(' ], [ ').map((part) => {
    const name = /(?:var|metric)='([^']{1,200})'/.exec(part)?.[1];
    const at = part.lastIndexOf(' value=');
    const number = at < 0 ? undefined : /^[^\s\]]+/.exec(part.slice(at + ' value='.length))?.[0];
    return name === undefined || number === undefined ? undefined : `${name} = ${number}`;
  });
  return parts.includes(undefined) ? short : parts.join(', ');
}

const LINKS = [
  ['silence', 'silenceURL'],
  ['dashboard', 'dashboardURL'],
  ['panel', 'panelURL'],
  ['image', 'imageURL'],
] as const;

function linksOf(value: Readonly<Record<string, unknown>>): AlertLinks | undefined {
  let links: Record<string, string> | undefined;
  for (const [name, field] of LINKS) {
    const url = textOf(value[field]);
    if (url !== '') (links ??= {})[name] = clip(url, LONGEST_TEXT);
  }
  return links;
}
