// What the chart refuses, with the words that a person reads: a typo, and what does not fit together.
import { CHART } from './copies.js';
import type { Renderer } from './render.js';

interface Refusal {
  /** `--set` and the like. */
  readonly given: readonly string[];
  readonly words: RegExp;
  /** `helm lint` knows the schema; what does not fit together only shows when a release is made. */
  readonly by: 'lint' | 'template';
}

const BROKER = 'exporter.brokers[0].url=redis://redis:6379/0';
const set = (...pairs: readonly string[]): readonly string[] => pairs.flatMap((pair) => ['--set', pair]);

const REFUSALS: readonly Refusal[] = [
  { given: set('exporter.brokres=1'), words: /'\/exporter': additional properties 'brokres' not allowed/, by: 'lint' },
  {
    given: set(BROKER, 'exporter.brokers[0].options.queue=a'),
    words: /'\/exporter\/brokers\/0\/options': additional properties 'queue'/,
    by: 'lint',
  },
  { given: set('relay.config.chanels=a'), words: /'\/relay\/config': additional properties 'chanels'/, by: 'lint' },
  {
    given: set('relay.config.listen=0.0.0.0:1'),
    words: /'\/relay\/config': additional properties 'listen'/,
    by: 'lint',
  },
  {
    given: set('prometheus.rules.thresholds.queue_len=1'),
    words: /thresholds': additional properties 'queue_len'/,
    by: 'lint',
  },
  { given: set('relay.replicas=0'), words: /'\/relay\/replicas': minimum: got 0, want 1/, by: 'lint' },
  { given: [], words: /exporter\.brokers: name at least one broker/, by: 'template' },
  {
    given: set(BROKER, 'exporter.brokers[1].url=redis://b:6379/0'),
    words: /exporter\.brokers\[0\]\.name: is missing/,
    by: 'template',
  },
  {
    given: set(BROKER, 'exporter.brokers[0].name=a', 'exporter.brokers[1].name=a', 'exporter.brokers[1].url=redis://b'),
    words: /exporter\.brokers\[1\]\.name: a is there already/,
    by: 'template',
  },
  {
    given: set('exporter.brokers[0].name=a'),
    words: /exporter\.brokers\[0\]: wanted one of url and existingSecret/,
    by: 'template',
  },
  {
    given: set(BROKER, 'exporter.replicas=2', 'exporter.config.event_queue_keep=10m'),
    words: /exporter\.replicas: must be 1 with event_queue_keep/,
    by: 'template',
  },
  {
    given: set(BROKER, 'relay.replicas=2'),
    words: /relay\.replicas: 2 relays cannot share a SQLite file/,
    by: 'template',
  },
  {
    given: set(BROKER, 'relay.storage.type=postgres'),
    words: /relay\.storage: type postgres wants one of/,
    by: 'template',
  },
  { given: set(BROKER, 'relay.storage.url=postgres://db/a'), words: /relay\.storage\.type is sqlite/, by: 'template' },
  {
    given: set(BROKER, 'relay.secrets[0].name=slack_url'),
    words: /relay\.secrets\[0\] \(slack_url\): wanted one of value and existingSecret/,
    by: 'template',
  },
  {
    given: set(BROKER, 'prometheus.rules.enabled=true', 'prometheus.rules.disabledAlerts[0]=CeleryWorkerDwn'),
    words: /disabledAlerts: there is no alert CeleryWorkerDwn; want some of: .*CeleryWorkerDown/,
    by: 'template',
  },
  {
    given: set(BROKER, 'relay.enabled=false', 'alertmanagerConfig.enabled=true'),
    words: /alertmanagerConfig\.url: is needed/,
    by: 'template',
  },
];

/** Those that are not refused, or not in these words. */
export async function refusalProblems(renderer: Renderer): Promise<readonly string[]> {
  const found: string[] = [];
  for (const { given, words, by } of REFUSALS) {
    const { ok, text } = by === 'lint' ? await renderer.lint(CHART, given) : await renderer.template(CHART, given);
    if (ok) found.push(`${given.join(' ')}: is not refused`);
    else if (!words.test(text)) found.push(`${given.join(' ')}: is refused with other words: ${text}`);
  }
  return found;
}
