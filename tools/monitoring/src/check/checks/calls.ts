// What promtool and amtool are asked.
import { ALERT_CATALOGUE, type AlertEntry } from '@celery-watch/celery-protocol';
import type { Call } from '../programs.js';
import { componentOf } from './alerts.js';

export interface MonitoringFiles {
  readonly prometheus: readonly string[];
  readonly rules: string;
  readonly ruleTests: readonly string[];
  /** Each with the receiver that the sign of life of the pipeline goes to. */
  readonly alertmanagers: readonly { readonly file: string; readonly watchdog: string }[];
}

export function callsFor({ prometheus, rules, ruleTests, alertmanagers }: MonitoringFiles): Call[] {
  return [
    // The longest first.
    ...ruleTests.map((file): Call => ({
      program: 'promtool',
      args: ['test', 'rules', file],
      file,
      what: 'rule tests',
    })),
    ...prometheus.map((file): Call => ({
      program: 'promtool',
      args: ['check', 'config', file],
      file,
      what: 'configuration',
    })),
    { program: 'promtool', args: ['check', 'rules', rules], file: rules, what: 'rules' },
    ...alertmanagers.flatMap(({ file, watchdog }): Call[] => [
      { program: 'amtool', args: ['check-config', file], file, what: 'configuration' },
      ...routesOf(watchdog).map(({ labels, receiver }): Call => ({
        program: 'amtool',
        args: ['config', 'routes', 'test', `--config.file=${file}`, `--verify.receivers=${receiver}`, ...labels],
        file,
        what: `route of ${labels.join(' ')} to ${receiver}`,
      })),
    ]),
  ];
}

/** Every catalogued alert and the bare severities, each with the receiver that must get it. */
export function routesOf(
  watchdog: string,
  catalogue: readonly AlertEntry[] = ALERT_CATALOGUE,
): { readonly labels: readonly string[]; readonly receiver: string }[] {
  return [
    { labels: ['severity=critical'], receiver: 'critical' },
    { labels: ['severity=warning'], receiver: 'warning' },
    { labels: ['severity=none'], receiver: 'default' },
    { labels: ['alertname=SomethingElse'], receiver: 'default' },
    ...catalogue.map((entry) => ({
      labels: [`alertname=${entry.name}`, `severity=${entry.severity}`, `component=${componentOf(entry)}`],
      receiver: entry.subject === 'pipeline' ? watchdog : entry.severity,
    })),
  ];
}
