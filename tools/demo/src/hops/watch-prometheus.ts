// Follows the alerts of Prometheus through its API: pending, firing, gone; and asks AlertManager which of them it keeps
// back.
import { abortableDelay } from '@celery-watch/service';
import type { Alertmanager, PrometheusAlert, PrometheusClient } from '@celery-watch/testbed';
import type { RecordStore } from './record-store.js';
import { type Episode, keyOf } from './records.js';

export type Step =
  | { readonly kind: 'new'; readonly episode: Episode }
  | { readonly kind: 'changed'; readonly of: Episode; readonly news: Partial<Episode> };

/** What one look says that was not known: `open` are the episodes that were there at the last one. */
export function compareLooks(
  open: readonly Episode[],
  alerts: readonly PrometheusAlert[],
  now: number,
): readonly Step[] {
  const steps: Step[] = [];
  const present = new Set<Episode>();
  for (const alert of alerts) {
    const [key, activeAt] = [keyOf(alert.labels), Date.parse(alert.activeAt)];
    const known = open.find((each) => each.key === key && each.activeAt === activeAt);
    if (known === undefined) {
      const { labels, annotations } = alert;
      steps.push({
        kind: 'new',
        episode: { key, labels, annotations, activeAt, ...(alert.state === 'firing' && { firingAt: now }) },
      });
    } else {
      present.add(known);
      if (alert.state === 'firing' && known.firingAt === undefined)
        steps.push({ kind: 'changed', of: known, news: { firingAt: now, annotations: alert.annotations } });
    }
  }
  for (const gone of open) if (!present.has(gone)) steps.push({ kind: 'changed', of: gone, news: { goneAt: now } });
  return steps;
}

export interface WatchSettings {
  readonly store: RecordStore;
  readonly prometheus: PrometheusClient;
  readonly alertmanager: Alertmanager;
  readonly everyMs: number;
}

/** Runs until the signal aborts. A Prometheus that does not answer is asked again. */
export async function watchPrometheus(
  { store, prometheus, alertmanager, everyMs }: WatchSettings,
  signal: AbortSignal,
): Promise<void> {
  do {
    const alerts = await prometheus.alerts(signal).catch(() => undefined);
    if (alerts === undefined) continue;
    const open = store.records.episodes.filter(({ goneAt }) => goneAt === undefined);
    for (const step of compareLooks(open, alerts, Date.now())) {
      if (step.kind === 'new') store.episode(step.episode);
      else store.episodeChanged(step.of, step.news);
    }
    await lookForInhibited(store, alertmanager, signal);
  } while (await abortableDelay(everyMs, signal));
}

/** Only while something fires that the relay has not got. */
async function lookForInhibited(store: RecordStore, alertmanager: Alertmanager, signal: AbortSignal): Promise<void> {
  const { episodes, accepted } = store.records;
  const waiting = episodes.filter(
    ({ key, activeAt, firingAt, goneAt }) =>
      firingAt !== undefined &&
      goneAt === undefined &&
      !accepted.some((each) => each.key === key && each.acceptedAt >= activeAt),
  );
  if (waiting.length === 0) return;
  const alerts = await alertmanager.alerts(signal).catch(() => undefined);
  for (const episode of waiting) {
    const inhibited =
      alerts?.some(({ labels, status }) => keyOf(labels) === episode.key && status.inhibitedBy.length > 0) ?? false;
    if (inhibited !== (episode.inhibited ?? false)) store.episodeChanged(episode, { inhibited });
  }
}
