// The alert's way, worked out of what was seen: from the cause to each channel, and from the repair to each channel
// again. Pure.
import { CHANNELS, type ChannelName } from '../parts/channels.js';
import type { Accepted, CauseRecord, Episode, Labels, Records } from './records.js';
import { mentionsAlert } from './mentions.js';

export type HopName = 'cause' | 'seen' | 'pending' | 'firing' | 'accepted' | 'delivered' | 'repair' | 'mended' | 'gone';

export interface Hop {
  readonly name: HopName;
  readonly channel?: ChannelName;
  /** Milliseconds since 1970; undefined: not yet. */
  readonly at: number | undefined;
  readonly detail: string;
}

/** The way there or the way back. */
export interface Leg {
  /** Where its clock starts; undefined: it has not begun. */
  readonly from: number | undefined;
  readonly hops: readonly Hop[];
}

export type JourneyState = 'pending' | 'firing' | 'resolved' | 'passed' | 'inhibited';

export interface Journey {
  readonly id: string;
  readonly alert: string;
  readonly labels: Labels;
  readonly summary: string;
  readonly severity: string;
  readonly state: JourneyState;
  readonly alarm: Leg;
  readonly clear: Leg;
}

/**
 * An alert may outlive its cause's repair, and comes a while after its cause: further apart they have nothing to do
 * with each other.
 */
const AFTER_REPAIR_MS = 20_000;

/** What the alert is about, where its labels say it: a task, a queue or a worker. */
export function aboutOf({ labels }: Pick<Journey, 'labels'>): string | undefined {
  return ['name', 'queue', 'worker'].map((label) => labels[label] ?? '').find((each) => each !== '');
}

/** One journey for each episode of each alert but the Watchdog, the newest first. */
export function journeysOf(records: Records): readonly Journey[] {
  return records.episodes
    .filter(({ labels }) => labels['alertname'] !== 'Watchdog')
    .map((episode) => journeyOf(episode, records))
    .sort((a, b) => (b.alarm.from ?? 0) - (a.alarm.from ?? 0));
}

function journeyOf(episode: Episode, records: Records): Journey {
  const { labels, annotations, activeAt } = episode;
  const cause = causeOf(episode, records.causes);
  const next = records.episodes
    .filter((each) => each.key === episode.key && each.activeAt > activeAt)
    .reduce((least, each) => Math.min(least, each.activeAt), Infinity);
  const acceptedAs = (status: 'firing' | 'resolved'): Accepted | undefined =>
    records.accepted.find(
      (each) =>
        each.key === episode.key && each.status === status && each.acceptedAt >= activeAt && each.acceptedAt < next,
    );
  const [firing, resolved] = [acceptedAs('firing'), acceptedAs('resolved')];
  const deliveries = (accepted: Accepted | undefined, status: 'firing' | 'resolved'): Hop[] =>
    CHANNELS.map((channel) => {
      const told =
        accepted === undefined
          ? undefined
          : records.messages.find(
              ({ channel: on, message }) =>
                on === channel &&
                message.accepted &&
                message.at >= accepted.acceptedAt &&
                message.at < next &&
                mentionsAlert(`${message.title}\n${message.text}`, { labels, annotations }, status),
            );
      return { name: 'delivered', channel, at: told?.message.at, detail: channel };
    });
  // Prometheus's own word is exact; a look from outside comes a moment later.
  const firingAt = firing?.saidAt ?? episode.firingAt;
  const goneAt = resolved?.saidAt ?? episode.goneAt;
  const state = stateOf(episode, firing?.acceptedAt, goneAt);
  return {
    id: `${episode.key}@${activeAt}`,
    alert: labels['alertname'] ?? '',
    labels,
    summary: annotations['summary'] ?? '',
    severity: labels['severity'] ?? '',
    state,
    alarm: {
      from: cause?.at ?? activeAt,
      hops: [
        ...(cause === undefined
          ? []
          : [
              { name: 'cause', at: cause.at, detail: cause.done } as const,
              { name: 'seen', at: cause.seen?.at, detail: cause.seen?.what ?? '' } as const,
            ]),
        { name: 'pending', at: activeAt, detail: 'the rule’s condition is true' },
        { name: 'firing', at: firingAt, detail: 'it was true for long enough' },
        { name: 'accepted', at: firing?.acceptedAt, detail: 'stored by the relay, answered with 200' },
        ...deliveries(firing, 'firing'),
      ],
    },
    clear: {
      from: cause?.repairedAt ?? goneAt,
      hops:
        firing === undefined
          ? []
          : [
              ...(cause?.repairedAt === undefined
                ? []
                : [
                    { name: 'repair', at: cause.repairedAt, detail: cause.repair ?? '' } as const,
                    { name: 'mended', at: cause.mended?.at, detail: cause.mended?.what ?? '' } as const,
                  ]),
              { name: 'gone', at: goneAt, detail: 'the rule’s condition is false' },
              { name: 'accepted', at: resolved?.acceptedAt, detail: 'stored by the relay, answered with 200' },
              ...deliveries(resolved, 'resolved'),
            ],
    },
  };
}

/** `passed`: it went away before anybody had to hear of it. */
function stateOf(episode: Episode, accepted: number | undefined, goneAt: number | undefined): JourneyState {
  if (goneAt !== undefined) return accepted === undefined ? 'passed' : 'resolved';
  if (accepted === undefined && episode.inhibited === true) return 'inhibited';
  return episode.firingAt === undefined && accepted === undefined ? 'pending' : 'firing';
}

function causeOf({ labels, activeAt }: Episode, causes: readonly CauseRecord[]): CauseRecord | undefined {
  return causes
    .filter(
      (cause) =>
        cause.alerts.includes(labels['alertname'] ?? '') &&
        cause.at <= activeAt &&
        activeAt <= (cause.repairedAt ?? Infinity) + AFTER_REPAIR_MS,
    )
    .at(-1);
}
