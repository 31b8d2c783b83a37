// Tests of the checks over the configurations of Prometheus and AlertManager, and of what their own programs are asked.
import { ALERT_CATALOGUE } from '@celery-watch/celery-protocol';
import { describe, expect, it } from '@jest/globals';
import { YamlFile } from '../sources/yaml-file.js';
import { checkAlertmanager, checkTwins } from './configurations.js';
import { callsFor, routesOf } from './calls.js';

const DOCKER =
  'global:\n  scrape_interval: 15s\nscrape_configs:\n  - job_name: celery\n    static_configs:\n      - targets: ["celery-exporter:9808"]\n        labels: { component: task-queue }\n';

describe('the configurations of Prometheus', () => {
  const differences = (text: string): string[] =>
    checkTwins(new YamlFile('prometheus.yml', DOCKER), new YamlFile('prometheus.standalone.yml', text)).map(
      ({ line, where }) => `${String(line)} ${where ?? ''}`,
    );

  it('may differ in hosts', () => {
    expect(differences(DOCKER.replace('celery-exporter:', 'localhost:'))).toEqual([]);
  });

  it('may look at several of a program where the first looks at one, on the same port and with the same labels', () => {
    const entry = DOCKER.slice(DOCKER.indexOf('      - targets'));
    expect(differences(DOCKER + entry.replace('celery-exporter:', 'celery-exporter-2:'))).toEqual([]);
    expect(differences(DOCKER + entry.replace('9808', '9809'))).toEqual([
      '8 scrape_configs.0.static_configs.1.targets.0',
    ]);
    expect(differences(DOCKER + entry.replace('task-queue', 'queue'))).toEqual([
      '9 scrape_configs.0.static_configs.1.labels.component',
    ]);
  });

  it.each([
    ['a port', ':9808', ':9809', ['6 scrape_configs.0.static_configs.0.targets.0']],
    ['a label', 'task-queue', 'queue', ['7 scrape_configs.0.static_configs.0.labels.component']],
    ['an interval', '15s', '30s', ['2 global.scrape_interval']],
    [
      'a key that one has not',
      '  scrape_interval: 15s',
      '  scrape_interval: 15s\n  scrape_timeout: 10s',
      ['3 global.scrape_timeout'],
    ],
    ['a job', '  - job_name: celery', '  - job_name: more\n  - job_name: celery', ['4 scrape_configs']],
  ])('may not differ in %s', (_, text, replacement, expected) => {
    expect(differences(DOCKER.replace(text, replacement))).toEqual(expected);
  });
});

describe('the configuration of AlertManager', () => {
  const find = (text: string): string[] =>
    checkAlertmanager(new YamlFile('alertmanager.yml', text)).map(
      ({ line, text: problem }) => `${String(line)}: ${problem}`,
    );

  it('may not send the news of a group faster than a second AlertManager gives up waiting for the first', () => {
    expect(find('route:\n  group_interval: 30s\n')).toEqual([]);
    expect(find('route:\n  group_interval: 15s\n')).toEqual([
      '2: a group_interval of 15s is no longer than --cluster.peer-timeout (15 s): the second of two AlertManagers tells ' +
        'an end again as firing',
    ]);
  });

  it('may not count on variables, old keys, or an alert that inhibits itself', () => {
    const text =
      'global:\n  smtp_auth_password: ${PASSWORD}\nroute:\n  routes:\n    - match: { severity: critical }\ninhibit_rules:\n  - source_matchers: [a="b"]\n    equal: [alertname, component]\n';
    expect(find(text)).toEqual([
      '2: AlertManager does not expand variables: read a secret from a file',
      '5: match is deprecated: use the form with matchers',
      '8: one alert can only inhibit another if alertname may differ',
    ]);
    expect(find('route:\n  routes:\n    - matchers: [\'severity="critical"\']\n')).toEqual([]);
  });
});

describe('what promtool and amtool are asked', () => {
  it('is the route of every catalogued alert to the receiver of its severity', () => {
    const routes = routesOf('nobody');
    expect(routes.filter(({ labels }) => labels[0]?.startsWith('alertname=') === true)).toHaveLength(
      ALERT_CATALOGUE.length + 1,
    );
    expect(routes).toContainEqual({
      labels: ['alertname=CeleryWorkerDown', 'severity=critical', 'component=celery'],
      receiver: 'critical',
    });
    expect(routes).toContainEqual({
      labels: ['alertname=AlertRelayDeadLetters', 'severity=warning', 'component=alert-relay'],
      receiver: 'warning',
    });
    expect(routes).toContainEqual({
      labels: ['alertname=Watchdog', 'severity=none', 'component=pipeline'],
      receiver: 'nobody',
    });
  });

  it('is every file', () => {
    const calls = callsFor({
      prometheus: ['p.yml'],
      rules: 'r.yml',
      ruleTests: ['t.yml'],
      alertmanagers: [{ file: 'a.yml', watchdog: 'default' }],
    });
    const asked = calls.map(({ args }) => args.slice(0, 3).join(' '));
    expect(asked).toEqual(
      expect.arrayContaining(['test rules t.yml', 'check config p.yml', 'check rules r.yml', 'check-config a.yml']),
    );
  });
});
