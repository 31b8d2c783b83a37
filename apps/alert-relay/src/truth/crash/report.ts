// What a run of the crash test found, for people.
import type { CrashReport } from './crash-run.js';

/** Everything that must not be; empty after a good run. */
export function faultsOf({
  findings,
  lostAfterReplay,
  posts,
  dead,
  deadListed,
  deadTold,
  exits,
  budgets,
}: CrashReport): readonly string[] {
  const some = (what: string, examples: readonly string[]): string[] =>
    examples.length === 0 ? [] : [`${examples.length} ${what}: ${examples.slice(0, 10).join(', ')}`];
  return [
    ...findings.flatMap(({ channel, lost, outOfOrder, duplicates }) => [
      ...some(`lost on ${channel}`, lost),
      ...some(`out of order on ${channel}`, outOfOrder),
      ...some(`duplicates on ${channel} that nothing explains`, duplicates.unexplained),
      ...some(`duplicates on ${channel} that do not say so`, duplicates.unmarked),
    ]),
    ...some('posts that were refused for good', posts.refused),
    ...(lostAfterReplay > 0 ? [`${lostAfterReplay} not delivered after dead replay`] : []),
    ...(deadListed === dead ? [] : [`${dead} dead letters, but dead list shows ${deadListed}`]),
    ...(deadTold === dead ? [] : [`${dead} dead letters, but the fallback told of ${deadTold}`]),
    ...Object.entries(budgets).flatMap(([channel, uses]) =>
      uses
        .filter(({ most, allowed }) => most > allowed)
        .map(({ most, allowed }) => `${channel} got ${most} messages where its budget has ${allowed}`),
    ),
    ...exits
      .filter(({ code, seconds }) => code !== 0 || seconds >= 10)
      .map(({ code, seconds }) => `a relay stopped with ${String(code)} after ${seconds.toFixed(1)} s`),
  ];
}

export function reportText(report: CrashReport): string {
  const { store, findings, kills, outages, posts, promised, seconds, seed, dead, deadTold, drainSeconds } = report;
  const rows = findings.map((each) =>
    [
      each.channel,
      each.promised,
      each.delivered,
      each.merged,
      each.dead,
      each.lost.length,
      each.messages,
      each.recognised,
      each.duplicates.answerLost,
      each.duplicates.killed,
      each.duplicates.outage,
      each.duplicates.late,
      each.duplicates.unexplained.length,
      each.outOfOrder.length,
    ].map(String),
  );
  const head = [
    'channel',
    'promised',
    'delivered',
    'merged',
    'dead',
    'LOST',
    'messages',
    'resends seen by server',
    'dup: answer lost',
    'dup: killed',
    'dup: database away',
    'dup: late',
    'dup: ?',
    'disorder',
  ];
  const faults = faultsOf(report);
  return [
    `${store}, seed ${seed}, ${seconds.toFixed(0)} s; killed ${Object.values(kills).reduce((sum, each) => sum + each, 0)} times: ${Object.entries(
      kills,
    )
      .map(([kill, count]) => `${kill} ${count}`)
      .join(', ')}${outages > 0 ? `; the database away ${outages} times` : ''}`,
    `${posts.answered} posts answered with 2xx, ${posts.unanswered} not; ${promised} changes promised; drained ` +
      `in ${drainSeconds.toFixed(1)} s; ${dead} dead letters, ${deadTold} told by the fallback, all replayed at ` +
      'the end',
    '',
    table([head, ...rows]),
    '',
    `most in the time of a budget: ${Object.entries(report.budgets)
      .map(([channel, uses]) => `${channel} ${uses.map(({ most, allowed }) => `${most} of ${allowed}`).join(', ')}`)
      .join('; ')}`,
    `log, errors: ${
      Object.entries(report.errors)
        .map(([msg, count]) => `${count} × ${msg}`)
        .join('; ') || 'none'
    }`,
    faults.length === 0 ? '0 lost, in order, budgets kept, every duplicate explained.' : `FAULTS\n${faults.join('\n')}`,
  ].join('\n');
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0)))
        .join('  '),
    )
    .join('\n');
}
