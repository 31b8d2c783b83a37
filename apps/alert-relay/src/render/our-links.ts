// Links that the relay adds to alerts, before a message is laid out: to the runbook, and to the dashboard that shows
// what the alert speaks of. What the rule's author or the sender names goes before.
import { ALERT_CATALOGUE, type AlertEntry, runbookOf, viewOf } from '@celery-watch/celery-protocol/alerts';
import type { Alert, Message } from '../notification/index.js';
import type { Links } from '../settings/links.js';
import type { Locale } from '../settings/locale.js';
import { dashboardOf } from './alert-view.js';

const NAMES = ['runbook_url', 'runbook'] as const;
const ABSOLUTE = /^[a-z][a-z0-9+.-]*:|^\/\//i;
/** Our own runbooks, as the rules that ship name them. */
const OURS = /^\/*docs\/monitoring\/ALERT_HANDLING_GUIDE(?:\.zh-CN)?\.md#/;
const CATALOGUE = new Map(ALERT_CATALOGUE.map((each) => [each.name, each]));
/** A dashboard opens with what was before the alert. */
const BEFORE_MS = 30 * 60_000;

/** The same message where there is nothing to add. */
export function withOurLinks(message: Message, links: Links, locale: Locale): Message {
  const { externalUrl, grafanaUrl, runbookBase } = links;
  if (externalUrl === undefined && grafanaUrl === undefined && runbookBase === undefined) return message;
  return {
    ...message,
    alerts: message.alerts.map((each) => ({
      ...each,
      alert: withDashboard(withRunbook(each.alert, links, locale), links),
    })),
  };
}

/** A runbook that is a path becomes an address; an alert of ours that names none gets its own. */
function withRunbook(alert: Alert, { externalUrl, runbookBase }: Links, locale: Locale): Alert {
  const { annotations } = alert;
  const name = NAMES.find((key) => annotations[key] !== undefined) ?? 'runbook_url';
  const path = annotations[name]?.trim() ?? '';
  if (ABSOLUTE.test(path)) return alert;
  const section = runbookOf(alert.labels['alertname'] ?? '');
  const isOurs = section !== undefined && (path === '' || OURS.test(path));
  const url =
    path !== '' && runbookBase !== undefined
      ? below(runbookBase, path)
      : externalUrl !== undefined && isOurs
        ? below(externalUrl, `runbooks/${locale}/${section}`)
        : undefined;
  return url === undefined ? alert : { ...alert, annotations: { ...annotations, [name]: url } };
}

function withDashboard(alert: Alert, { grafanaUrl }: Links): Alert {
  const entry = CATALOGUE.get(alert.labels['alertname'] ?? '');
  if (grafanaUrl === undefined || entry === undefined || dashboardOf(alert) !== undefined) return alert;
  const dashboard = dashboardUrl(grafanaUrl, entry, alert);
  return dashboard === undefined ? alert : { ...alert, links: { ...alert.links, dashboard } };
}

/** The dashboard, with the variables that the alert's labels name and from half an hour before the alert until now. */
function dashboardUrl(grafanaUrl: string, entry: AlertEntry, { labels, startsAt }: Alert): string | undefined {
  const view = viewOf(entry, labels);
  if (view === undefined) return undefined;
  const query = new URLSearchParams();
  for (const [label, variable] of Object.entries(view.variables)) {
    const value = labels[label];
    if (value !== undefined && value !== '') query.append(`var-${variable}`, value.toWellFormed());
  }
  if (startsAt !== undefined) {
    query.append('from', String(startsAt - BEFORE_MS));
    query.append('to', 'now');
  }
  const search = query.toString();
  return below(grafanaUrl, `d/${view.uid}/${search === '' ? '' : `?${search}`}`);
}

/** Undefined where that makes no address. */
function below(base: string, path: string): string | undefined {
  return URL.parse(path.replace(/^\/+/, ''), `${base.replace(/\/+$/, '')}/`)?.href;
}
