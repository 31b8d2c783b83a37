// What a list says of a notification without its contents, which may be megabytes: whose it is and which alerts
// changed.
import { clip } from '@celery-watch/service';
import { nameOf, type Notification } from '../notification/index.js';

/** Bounded, whatever a post held: texts are clipped, and what is over the numbers is left out. */
export interface About {
  readonly group: { readonly receiver: string; readonly labels: Readonly<Record<string, string>> };
  /** The names of the alerts that changed, in the order of the post, and how many changes each has. */
  readonly alerts: readonly { readonly name: string; readonly count: number }[];
  /** Milliseconds since 1970: when the post was accepted. */
  readonly acceptedAt: number;
}

const NAMES = 20;
const LABELS = 20;
const CHARACTERS = 200;

export function aboutOf({ group, changes, acceptedAt }: Notification): About {
  const names = Map.groupBy(changes, nameOf);
  return {
    group: {
      receiver: clip(group.receiver, CHARACTERS),
      labels: Object.fromEntries(
        Object.entries(group.labels)
          .slice(0, LABELS)
          .map(([name, value]) => [clip(name, CHARACTERS), clip(value, CHARACTERS)]),
      ),
    },
    alerts: [...names].slice(0, NAMES).map(([name, { length }]) => ({ name: clip(name, CHARACTERS), count: length })),
    acceptedAt,
  };
}
