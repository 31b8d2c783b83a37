// What the chart refuses, with the words that a person reads: a typo, and what does not fit together.
import { CHART } from './copies.js';
import type { Renderer } from './render.js';

interface Refusal {
  /** `--set` and the like. */
  readonly given: readonly string[];
  readonly words: RegExp;
  /** The release's name, where it matters. */
  readonly release?: string;
}

const BROKER = 'exporter.brokers[0].url=redis://redis:6379/0';
const set = (...pairs: readonly string[]): readonly string[] => pairs.flatMap((pair) => ['--set', pair]);

/** What the schema refuses: all of it is told at once, so one call asks for all. */
const AGAINST_THE_SCHEMA: readonly Refusal[] = [
  { given: set('exporter.brokres=1'), words: /'\/exporter': additional properties .*'brokres'/ },
  {
    given: set(BROKER, 'exporter.brokers[0].options.queue=a'),
    words: /'\/exporter\/brokers\/0\/options': additional properties 'queue'/,
  },
  { given: set('relay.config.chanels=a'), words: /'\/relay\/config': additional properties .*'chanels'/ },
  {
    given: set('relay.config.listen=0.0.0.0:1'),
    words: /'\/relay\/config': additional properties .*'listen'/,
  },
  {
    given: set('prometheus.rules.thresholds.queue_len=1'),
    words: /thresholds': additional properties 'queue_len'/,
  },
  { given: set('imageRegistry=http://x'), words: /'\/imageRegistry'/ },
  { given: set('prometheus.monitor.interval=abc'), words: /'\/prometheus\/monitor\/interval'/ },
  { given: set('podDisruptionBudget.maxUnavailable=0'), words: /'\/podDisruptionBudget\/maxUnavailable'/ },
  { given: set('prometheus.rules.thresholds.queue_length=1.2.3'), words: /thresholds\/queue_length'/ },
  { given: set('relay.replicas=0'), words: /'\/relay\/replicas': minimum: got 0, want 1/ },
];

/** What does not fit together, which only shows when a release is made. */
const AGAINST_REASON: readonly Refusal[] = [
  { given: [], words: /exporter\.brokers: name at least one broker/ },
  {
    given: set(BROKER, 'exporter.brokers[1].url=redis://b:6379/0'),
    words: /exporter\.brokers\[0\]\.name: is missing/,
  },
  {
    given: set(BROKER, 'exporter.brokers[0].name=a', 'exporter.brokers[1].name=a', 'exporter.brokers[1].url=redis://b'),
    words: /exporter\.brokers\[1\]\.name: a is there already/,
  },
  {
    given: set('exporter.brokers[0].name=a'),
    words: /exporter\.brokers\[0\]: wanted one of url and existingSecret/,
  },
  {
    given: set(BROKER, 'exporter.replicas=2', 'exporter.config.event_queue_keep=10m'),
    words: /exporter\.replicas: must be 1 with event_queue_keep/,
  },
  {
    given: set(BROKER, 'relay.replicas=2'),
    words: /relay\.replicas: 2 relays cannot share a SQLite file/,
  },
  {
    given: set(BROKER, 'relay.storage.type=postgres'),
    words: /relay\.storage: type postgres wants one of/,
  },
  { given: set(BROKER, 'relay.storage.url=postgres://db/a'), words: /relay\.storage\.type is sqlite/ },
  {
    given: set(BROKER, 'relay.secrets[0].name=slack_url'),
    words: /relay\.secrets\[0\] \(slack_url\): wanted one of value and existingSecret/,
  },
  {
    given: set(BROKER, 'prometheus.rules.enabled=true', 'prometheus.rules.disabledAlerts[0]=CeleryWorkerDwn'),
    words: /disabledAlerts: there is no alert CeleryWorkerDwn; want some of: .*CeleryWorkerDown/,
  },
  {
    given: set(BROKER, 'relay.enabled=false', 'alertmanagerConfig.enabled=true'),
    words: /alertmanagerConfig\.url: is needed/,
  },
  {
    given: set(BROKER, 'relay.enabled=false', 'alertmanagerConfig.enabled=true', 'alertmanagerConfig.url=http://x/'),
    words: /relay\.auth\.existingSecret: is needed/,
  },
  { given: set(BROKER, 'exporter.webConfig.tlsSecret=x'), words: /exporter\.webConfig\.tlsSecret: is of no use/ },
  { given: set(BROKER, 'relay.metricsToken.key=k'), words: /relay\.metricsToken\.name: is missing/ },
  {
    given: set(BROKER, 'exporter.brokers[0].tls.existingSecret=x'),
    words: /exporter\.brokers\[0\]\.tls: wanted at least one of ca, cert and key/,
  },
  { given: set(BROKER, 'relay.config.channels=null'), words: /relay\.config\.channels: name at least one/ },
  { given: set(BROKER), release: '2024', words: /fullnameOverride: wanted a beginning/ },
  { given: set(BROKER), release: 'shop.prod', words: /makes shop\.prod-celery-watch/ },
];

/** Those that are not refused, or not in these words. */
export async function refusalProblems(renderer: Renderer): Promise<readonly string[]> {
  const found: string[] = [];
  const lint = await renderer.lint(
    CHART,
    AGAINST_THE_SCHEMA.flatMap(({ given }) => given),
  );
  for (const { given, words } of AGAINST_THE_SCHEMA)
    if (lint.ok || !words.test(lint.text)) found.push(`${given.join(' ')}: is not refused in its words: ${lint.text}`);
  for (const { given, words, release } of AGAINST_REASON) {
    const { ok, text } = await renderer.template(CHART, given, release);
    if (ok) found.push(`${given.join(' ')}: is not refused`);
    else if (!words.test(text)) found.push(`${given.join(' ')}: is refused with other words: ${text}`);
  }
  return found;
}
