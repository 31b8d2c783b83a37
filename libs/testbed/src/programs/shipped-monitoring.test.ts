// What acceleration makes of the shipped files: every time that matters is short, and every name of Docker's is gone.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { MONITORING } from './repository.js';
import { acceleratedRules, acceleratedAlertmanager, acceleratedPrometheus } from './shipped-monitoring.js';

const shipped = (name: string): string => readFileSync(path.join(MONITORING, name), 'utf8');
const ADDRESSES = {
  exporter: '127.0.0.1:1',
  relay: '127.0.0.1:2',
  alertmanager: '127.0.0.1:3',
  prometheus: '127.0.0.1:4',
};

describe('in quick motion', () => {
  it('no rule looks back or waits for minutes', () => {
    const quick = acceleratedRules(shipped('alert_rules.yml'));
    expect(quick.match(/(\[|offset |for: )\d+m\b/g)).toBeNull();
    expect(quick).toContain('rate(celery_tasks_total[15s])');
    expect(quick).toMatch(/celery_tasks_total offset 15s .*[^]*?\) \/ 15\n/);
    expect(quick).toMatch(/up offset 30s == 1 or last_over_time\(process_start_time_seconds\[6s\]\) > time\(\) - 36\b/);
    expect(quick.match(/[*/-] (300|420|600|720|900|1020)\b/g)).toBeNull();
    expect(/alert: CeleryExporterDown[^]*?for: (\w+)/.exec(quick)?.[1]).toBe('8s');
    expect([...quick.matchAll(/^ +interval: (\w+)$/gm)].map(([, interval]) => interval)).toEqual(['1s', '1s', '1s']);
  });

  it('no rule is lost', () => {
    const names = (rules: string): string[] =>
      [...rules.matchAll(/^ +- (?:alert|record): (\S+)$/gm)].map(([, name]) => name ?? '');
    expect(names(acceleratedRules(shipped('alert_rules.yml')))).toEqual(names(shipped('alert_rules.yml')));
  });

  it('Prometheus scrapes the programs of this machine, each second', () => {
    const quick = acceleratedPrometheus(shipped('prometheus.yml'), ADDRESSES);
    expect([...quick.matchAll(/targets: \["([^"]+)"\]/g)].map(([, target]) => target)).toEqual([
      ADDRESSES.alertmanager,
      ADDRESSES.exporter,
      ADDRESSES.relay,
      ADDRESSES.prometheus,
      ADDRESSES.alertmanager,
    ]);
    expect(quick).toContain('scrape_interval: 1s');
  });

  it('AlertManager posts to the relay of this machine with the token from a file', () => {
    const quick = acceleratedAlertmanager(shipped('alertmanager.yml'), ADDRESSES, '/tmp/token');
    expect(quick).toContain('url: http://127.0.0.1:2/webhook/alertmanager');
    expect(quick).toContain('credentials_file: /tmp/token');
    expect(quick).not.toMatch(/alert-relay:9095|\/run\/secrets/);
  });
});
