// Follows the alerts of Prometheus through its API: pending, firing, gone; and asks AlertManager which of them it keeps
// back.
import { abortableDelay } from '@celery-watch/service';
import type { Book } from './book.js';
import { type Episode, keyOf, type Labels } from './records.js';

/** One alert of `GET /api/v1/alerts`. Source: Prometheus's HTTP API. */
export interface ApiAlert {
  readonly labels: Labels;
  readonly annotations: Labels;
  readonly state: 'pending' | 'firing';
  readonly activeAt: string;
}

export type Step =
  | { readonly kind: 'new'; readonly episode: Episode }
  | { readonly kind: 'changed'; readonly of: Episode; readonly news: Partial<Episode> };

/** What one look says that was not known: `open` are the episodes that were there at the last one. */
export function compareLooks(open: readonly Episode[], alerts: readonly ApiAlert[], now: number): readonly Step[] {
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
  readonly book: Book;
  readonly prometheus: number;
  readonly alertmanager: number;
  readonly everyMs: number;
}

/** Runs until the signal aborts. A Prometheus that does not answer is asked again. */
export async function watchPrometheus(
  { book, prometheus, alertmanager, everyMs }: WatchSettings,
  signal: AbortSignal,
): Promise<void> {
  do {
    const alerts = await ask<{ readonly data: { readonly alerts: readonly ApiAlert[] } }>(
      `http://127.0.0.1:${prometheus}/api/v1/alerts`,
      signal,
    );
    if (alerts === undefined) continue;
    const open = book.records.episodes.filter(({ goneAt }) => goneAt === undefined);
    for (const step of compareLooks(open, alerts.data.alerts, Date.now())) {
      if (step.kind === 'new') book.episode(step.episode);
      else book.episodeChanged(step.of, step.news);
    }
    await lookForInhibited(book, alertmanager, signal);
  } while (await abortableDelay(everyMs, signal));
}

/** Only while something fires that the relay has not got. */
async function lookForInhibited(book: Book, alertmanager: number, signal: AbortSignal): Promise<void> {
  const { episodes, accepted } = book.records;
  const waiting = episodes.filter(
    ({ key, activeAt, firingAt, goneAt }) =>
      firingAt !== undefined &&
      goneAt === undefined &&
      !accepted.some((each) => each.key === key && each.acceptedAt >= activeAt),
  );
  if (waiting.length === 0) return;
  const alerts = await ask<
    readonly { readonly labels: Labels; readonly status: { readonly inhibitedBy: readonly string[] } }[]
  >(`http://127.0.0.1:${alertmanager}/api/v2/alerts`, signal);
  for (const episode of waiting) {
    const inhibited =
      alerts?.some(({ labels, status }) => keyOf(labels) === episode.key && status.inhibitedBy.length > 0) ?? false;
    if (inhibited !== (episode.inhibited ?? false)) book.episodeChanged(episode, { inhibited });
  }
}

async function ask<T>(url: string, signal: AbortSignal): Promise<T | undefined> {
  try {
    const response = await fetch(url, { signal: AbortSignal.any([signal, AbortSignal.timeout(5_000)]) });
    return response.ok ? ((await response.json()) as T) : undefined;
  } catch {
    return undefined;
  }
}
