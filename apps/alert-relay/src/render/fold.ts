// What is said of alerts that have no line of their own: how many, how urgent, and of which names.
import { nameOf, URGENCIES, type MessageAlert } from '../notification/index.js';
import type { Lens } from './alert-view.js';
import { clip, cleanLine } from './clean.js';

const MOST_NAMES = 12;
const NAME_LENGTH = 80;

export interface Fold {
  /** … and 4,312 more (12 critical, 4,300 warning) */
  readonly summary: string;
  /** HighCeleryQueueLength × 4,000 */
  readonly names: readonly string[];
}

/** The numbers of all names add up to the number of alerts. `most`: how long a name may be. */
export function foldOf(alerts: readonly MessageAlert[], { words, times }: Lens, most = NAME_LENGTH): Fold {
  const byName = new Map<string, number>();
  const byState = new Map<string, number>();
  for (const { alert, urgency } of alerts) {
    const name = nameOf(alert) || words.unnamed;
    byName.set(name, (byName.get(name) ?? 0) + 1);
    const state = alert.status === 'resolved' ? 'resolved' : urgency;
    byState.set(state, (byState.get(state) ?? 0) + 1);
  }
  const states = [
    ...URGENCIES.flatMap((urgency) =>
      byState.has(urgency) ? [words.counted.firing(times.count(byState.get(urgency) ?? 0), urgency)] : [],
    ),
    ...(byState.has('resolved') ? [words.counted.resolved(times.count(byState.get('resolved') ?? 0))] : []),
  ];
  const sorted = [...byName].sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1));
  const shown = sorted.slice(0, most < NAME_LENGTH ? 4 : MOST_NAMES);
  const others = sorted.slice(shown.length);
  const rest = others.reduce((sum, [, n]) => sum + n, 0);
  return {
    summary: words.folded({ n: alerts.length, text: times.count(alerts.length) }, states.join(words.comma)),
    names: [
      ...shown.map(([name, n]) => `${clip(cleanLine(name), Math.min(most, NAME_LENGTH), '…')} × ${times.count(n)}`),
      ...(others.length > 0
        ? [`${words.otherNames({ n: others.length, text: times.count(others.length) })} × ${times.count(rest)}`]
        : []),
    ],
  };
}
