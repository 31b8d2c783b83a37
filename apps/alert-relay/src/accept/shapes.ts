// Where the alerts stand in what was posted: AlertManager's webhook, a bare list, a single alert, other letters for the
// same names, and what the programming interfaces of Prometheus and AlertManager answer.
import { isRecord } from '@celery-watch/service';

type Fields = Readonly<Record<string, unknown>>;

export interface FoundAlerts {
  /** What stands around them: status, receiver, the group's labels. Empty where nothing does. */
  readonly post: Fields;
  readonly given: readonly unknown[];
  /** Exactly what AlertManager's webhook has: then there may be none of them. */
  readonly isWebhook: boolean;
}

/** Undefined where there is nothing like an alert. */
export function alertsIn(value: unknown): FoundAlerts | undefined {
  if (isRecord(value) && Array.isArray(value['alerts']))
    return { post: value, given: flat(value['alerts']), isWebhook: true };
  // A list alone is what Prometheus and its like send to AlertManager (docs/protocol/alertmanager.md#other-senders).
  if (Array.isArray(value)) return { post: {}, given: flat(value), isWebhook: false };
  if (!isRecord(value)) return undefined;
  const post = inOurLetters(value);
  const given = listed(post['alerts']) ?? answered(post['data']);
  // The status of an answer is that of the request.
  if (given !== undefined) return { post: post['alerts'] === undefined ? {} : post, given, isWebhook: false };
  return isAlone(post) ? { post: {}, given: [post], isWebhook: false } : undefined;
}

function listed(alerts: unknown): readonly unknown[] | undefined {
  if (Array.isArray(alerts)) return flat(alerts);
  if (!isRecord(alerts)) return undefined;
  const alone = inOurLetters(alerts);
  if (isRecord(alone['labels'])) return [alone];
  const each = flat(Object.values(alerts));
  return each.length > 0 && each.every(hasLabels) ? each : undefined;
}

/** What `data` holds of `/api/v1/alerts` and `/api/v1/rules` (docs/protocol/alertmanager.md#answers-of-an-api). */
function answered(data: unknown): readonly unknown[] | undefined {
  const rules = isRecord(data) ? listsIn(listsIn(data['groups'], 'rules'), 'alerts') : [];
  const alerts = Array.isArray(data) ? flat(data) : isRecord(data) ? (listed(data['alerts']) ?? rules) : [];
  return alerts.some(hasLabels) ? alerts : undefined;
}

function listsIn(items: unknown, name: string): readonly unknown[] {
  if (!Array.isArray(items)) return [];
  return items.flatMap((each: unknown) =>
    isRecord(each) && Array.isArray(each[name]) ? (each[name] as unknown[]) : [],
  );
}

/** One alert without a list around it. Labels alone are no alert: what stands beside them would be lost. */
function isAlone(value: Fields): boolean {
  const { labels } = value;
  if (!isRecord(labels)) return false;
  return (
    'alertname' in labels || ['annotations', 'startsAt', 'status', 'state'].some((name) => value[name] !== undefined)
  );
}

/** Groups are taken apart into their alerts, and each alert has our names for its fields. */
function flat(items: readonly unknown[]): readonly unknown[] {
  if (!items.some((each) => isRecord(each) && (isGroup(each) || each['labels'] === undefined))) return items;
  return items.flatMap((each) => {
    if (!isRecord(each)) return [each];
    const known = inOurLetters(each);
    return isGroup(known) ? flat(known['alerts']) : [known];
  });
}

/** Of `/api/v2/alerts/groups`. */
function isGroup(value: Fields): value is Fields & { readonly alerts: readonly unknown[] } {
  return Array.isArray(value['alerts']) && value['alerts'].some((each: unknown) => hasLabels(each));
}

function hasLabels(value: unknown): boolean {
  return isRecord(value) && isRecord(inOurLetters(value)['labels']);
}

const FIELDS = new Map(
  [
    ...['alerts', 'status', 'state', 'receiver', 'groupKey', 'groupLabels', 'commonLabels', 'externalURL', 'data'],
    ...['truncatedAlerts', 'labels', 'annotations', 'startsAt', 'activeAt', 'endsAt', 'generatorURL', 'fingerprint'],
  ].map((name) => [name.toLowerCase(), name]),
);

/** `Labels`, `starts_at`: the same fields. What has a field of ours in our letters is left as it is. */
function inOurLetters(value: Fields): Fields {
  if (value['labels'] !== undefined || value['alerts'] !== undefined || value['data'] !== undefined) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [FIELDS.get(name.toLowerCase().replace(/[_-]/g, '')) ?? name, each]),
  );
}
