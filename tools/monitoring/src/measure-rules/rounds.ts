// The times that the groups of rules took in several rounds, and the table of them.
import type { Scrape } from '@celery-watch/testbed';

/** Seconds by group, one number for each round. */
export type Rounds = ReadonlyMap<string, readonly number[]>;

/** The last duration of each group, and when it was, from Prometheus' own /metrics. */
export function lastRound(page: Scrape): { readonly group: string; readonly at: number; readonly seconds: number }[] {
  return page.series('prometheus_rule_group_last_duration_seconds').map(({ labels, value }) => ({
    group: groupOf(labels['rule_group']),
    at:
      page.value('prometheus_rule_group_last_evaluation_timestamp_seconds', {
        rule_group: labels['rule_group'] ?? '',
      }) ?? 0,
    seconds: value,
  }));
}

/** The label is the file, a semicolon and the name. */
export function groupOf(label: string | undefined): string {
  return label?.split(';').at(-1) ?? '';
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? NaN)
    : ((sorted[middle - 1] ?? NaN) + (sorted[middle] ?? NaN)) / 2;
}

/** What the rules cost by themselves: other programs make a round longer, never shorter. */
export function least(values: readonly number[]): number {
  return Math.min(...values);
}

/** @param rules how many rules each group has */
export function showRounds(rounds: Rounds, rules: ReadonlyMap<string, number>): string {
  const row = (name: string, count: number, each: readonly number[]): string =>
    `${name.padEnd(20)} ${String(count).padStart(5)} ${String(each.length).padStart(6)} ${ms(median(each))} ${ms(least(each))} ${ms(Math.max(...each))}`;
  const lines = [...rounds].map(([group, each]) => row(group, rules.get(group) ?? 0, each));
  const total = (of: (each: readonly number[]) => number): number =>
    [...rounds.values()].reduce((sum, each) => sum + of(each), 0);
  return [
    `${'group'.padEnd(20)} rules rounds ${['median', 'least', 'most'].map((each) => each.padStart(10)).join(' ')}`,
    ...lines,
    `${'all'.padEnd(20)} ${String([...rules.values()].reduce((sum, count) => sum + count, 0)).padStart(5)}        ` +
      `${ms(total(median))} ${ms(total(least))} ${ms(total((each) => Math.max(...each)))}`,
  ].join('\n');
}

/** @param byRule seconds by rule, one number for each round */
export function showSlowest(byRule: Rounds, count: number): string {
  const sorted = [...byRule].toSorted(([, a], [, b]) => median(b) - median(a));
  return sorted
    .slice(0, count)
    .map(([name, each]) => `${ms(median(each))} ${ms(least(each))}  ${name}`)
    .join('\n');
}

function ms(seconds: number): string {
  return `${(seconds * 1000).toFixed(2)} ms`.padStart(10);
}
