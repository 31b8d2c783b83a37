// `node tools/monitoring/dist/measure-rules/main.js`: how long a real Prometheus takes for all rules on 10,000 series.
// Fails where even the least of all rounds is 50 ms: other programs on the machine make rounds longer, never shorter.
import { execFile } from 'node:child_process';
import { createServer } from 'node:http';
import { readFileSync, writeFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort, MONITORING, scrape, Testbed } from '@celery-watch/testbed';
import { pauseHistory, syntheticPage } from './synthetic-data.js';
import { lastRound, least, showRounds, showSlowest } from './rounds.js';
import { readRuleFile } from '../check/sources/rule-file.js';
import { YamlFile } from '../check/sources/yaml-file.js';

const MOST_SECONDS = 0.05;
/** About 10,000 series. */
const SIZE = { tasks: 112, queues: 30, workers: 50 };
const LEAST_SERIES = 10_000;
/** A third of the tasks run by the hour; the others too often for their pauses to be recorded. */
const HOURLY_TASKS = Math.round(SIZE.tasks / 3);
/**
 * With a scrape each second, windows of 10 minutes hold after this time as many samples as they do in production, at 15
 * s.
 */
const SECONDS_BEFORE = 45;
const LEAST_ROUNDS = 10;
/** Where the machine is busy, a quiet moment is waited for so long. */
const MOST_ROUNDS = 60;
const ROUND_SECONDS = 2;

const began = performance.now();
const say = (text: string): void =>
  console.log(`[${((performance.now() - began) / 1000).toFixed(0).padStart(3)} s] ${text}`);

await using testbed = await openTestbed();
const { folder } = testbed;
const rules = readFileSync(path.join(MONITORING, 'alert_rules.yml'), 'utf8');

let scrapes = 0;
await using target = createServer((_, response) => {
  response.setHeader('content-type', 'text/plain; version=0.0.4');
  response.end(syntheticPage(SIZE, ++scrapes, Date.now() / 1000));
});
const targetPort = await freePort();
target.listen(targetPort, '127.0.0.1');

const config = (scrapeInterval: string): string =>
  `global: { scrape_interval: ${scrapeInterval}, evaluation_interval: ${ROUND_SECONDS}s }
rule_files: [alert_rules.yml]
scrape_configs:
  - { job_name: celery, static_configs: [{ targets: ["127.0.0.1:${targetPort}"], labels: { component: task-queue, instance: celery-exporter } }] }
`;
say('two weeks of history …');
writeFileSync(path.join(folder, 'history.txt'), pauseHistory(HOURLY_TASKS, 14, Date.now() / 1000));
// Blocks as long as those that Prometheus makes of older ones by itself.
await promisify(execFile)(
  'promtool',
  ['tsdb', 'create-blocks-from', '--max-block-duration=36h', 'openmetrics', 'history.txt', 'data'],
  { cwd: folder },
);

const prometheus = await testbed.prometheus({
  folder,
  config: config('1s'),
  files: { 'alert_rules.yml': rules.replace(/^( *interval:) \S+$/gm, `$1 ${ROUND_SECONDS}s`) },
  args: ['--log.level=warn'],
});
say(`Prometheus scrapes and evaluates for ${SECONDS_BEFORE} s …`);
await delay(SECONDS_BEFORE * 1000);

// As often as in production while it is measured: taking 10,000 samples costs as much as the rules.
await prometheus.reconfigure(config('15s'));
await delay(1000);
say(`rounds of ${ROUND_SECONDS} s …`);
const rounds = new Map<string, number[]>();
const byRule = new Map<string, number[]>();
const seen = new Set<string>();
const total = (): number => [...rounds.values()].reduce((sum, each) => sum + least(each), 0);
for (let round = 0; round < MOST_ROUNDS && (round < LEAST_ROUNDS || total() >= MOST_SECONDS); round++) {
  await delay(ROUND_SECONDS * 1000);
  for (const { group, at, seconds } of lastRound(await scrape(`${prometheus.url}/metrics`))) {
    if (seen.has(`${group} ${at}`)) continue;
    seen.add(`${group} ${at}`);
    rounds.set(group, [...(rounds.get(group) ?? []), seconds]);
  }
  for (const { name, evaluationTime } of (await prometheus.groups()).flatMap((group) => group.rules))
    byRule.set(name, [...(byRule.get(name) ?? []), evaluationTime]);
}
const failures = (await scrape(`${prometheus.url}/metrics`)).sum('prometheus_rule_evaluation_failures_total');
const series = (await prometheus.value('sum(scrape_samples_scraped)')) ?? 0;
const recorded = (await prometheus.value('count({__name__=~"celery:.*"})')) ?? 0;
const pauses = (await prometheus.value('sum(count_over_time(celery:task_success_pause_seconds:ended[14d]))')) ?? 0;

const counts = new Map<string, number>();
for (const { group } of readRuleFile(new YamlFile('alert_rules.yml', rules)).rules)
  counts.set(group, (counts.get(group) ?? 0) + 1);
console.log(
  `\n${series} series scraped, ${recorded} recorded, ${pauses} samples of pauses in 14 days; ${failures} evaluations failed\n\n${showRounds(rounds, counts)}\n\nThe slowest rules, median and least:\n${showSlowest(byRule, 8)}\n`,
);
const byRuleTotal = [...byRule.values()].reduce((sum, each) => sum + least(each), 0);
console.log(
  `the least time of each rule, summed: ${(byRuleTotal * 1000).toFixed(1)} ms (a single rule is short enough to run between other programs)\n`,
);
const problems = [
  ...(total() < MOST_SECONDS
    ? []
    : [
        `all rules together took ${(total() * 1000).toFixed(1)} ms at least, want less than ${MOST_SECONDS * 1000} ` +
          `(load of this machine: ${loadavg()[0]?.toFixed(1) ?? ''} on ${availableParallelism()} processors)`,
      ]),
  ...(failures === 0 ? [] : ['some rules could not be evaluated']),
  ...(series >= LEAST_SERIES ? [] : [`only ${series} series: the measurement says too little`]),
  ...(recorded > SIZE.tasks && pauses > 0
    ? []
    : ['the rules recorded next to nothing: the measurement says too little']),
];
for (const problem of problems) console.error(`FAILED ${problem}`);
process.exitCode = problems.length === 0 ? 0 : 1;

async function openTestbed(): Promise<Testbed> {
  try {
    await promisify(execFile)('prometheus', ['--version']);
  } catch (error) {
    throw new Error('prometheus does not run: apt-get install prometheus', { cause: error });
  }
  return new Testbed();
}
