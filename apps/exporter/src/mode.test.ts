// Which mode is on, and what the words of danihodovic's exporter become in our settings.
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { problemsText } from '@celery-watch/service';
import { readConfig } from './config.js';
import { readMode } from './mode.js';

const URL = 'redis://:hunter2@broker:6379/0';
const readFile = (): string => '';

function modeOf(argv: readonly string[], env: Record<string, string> = {}): string | undefined {
  return readMode({ argv, env, readFile }).name;
}

type Config = Extract<ReturnType<typeof readConfig>, { ok: true }>;

function configOf(argv: readonly string[], env: Record<string, string> = {}): Config {
  const read = readConfig({ argv, env }, () => 'unique');
  if (!read.ok) throw new Error(problemsText(read.problems));
  return read;
}

function problemsOf(argv: readonly string[], env: Record<string, string> = {}): string {
  const read = readConfig({ argv, env });
  return read.ok ? 'none' : problemsText(read.problems);
}

const DANI = ['--drop-in=danihodovic'];

describe('a drop-in mode', () => {
  it('is on where it is asked for', () => {
    expect(modeOf(DANI)).toBe('danihodovic');
    expect(modeOf(['--drop-in', 'danihodovic', '--buckets', '1,2'])).toBe('danihodovic');
    expect(modeOf([], { CELERY_EXPORTER_DROP_IN: 'danihodovic' })).toBe('danihodovic');
    expect(modeOf([])).toBeUndefined();
  });

  it('is on by itself where its broker is set and nothing of ours is', () => {
    expect(modeOf([], { CE_BROKER_URL: URL })).toBe('danihodovic');
    expect(modeOf(['--port=1'], { CE_BROKER_URL: URL, PORT: '1' })).toBe('danihodovic');
    expect(modeOf([], { CE_BROKER_URL: '' })).toBeUndefined();
    for (const argv of [['--broker-url=redis://a'], ['--config=c.yml'], ['--broker-url-file', 'f']])
      expect(modeOf(argv, { CE_BROKER_URL: URL })).toBeUndefined();
    for (const name of ['CELERY_BROKER_URL', 'CELERY_BROKER_URL_FILE', 'CELERY_EXPORTER_PORT'])
      expect(modeOf([], { CE_BROKER_URL: URL, [name]: '1' })).toBeUndefined();
  });

  it('is on beside the variables that Kubernetes makes of a Service of this name', () => {
    const links = {
      CELERY_EXPORTER_PORT: 'tcp://10.0.0.1:9808',
      CELERY_EXPORTER_SERVICE_HOST: '10.0.0.1',
      CELERY_EXPORTER_SERVICE_PORT: '9808',
    };
    expect(modeOf([], { CE_BROKER_URL: URL, ...links })).toBe('danihodovic');
    expect(configOf([], { CE_BROKER_URL: URL, ...links }).config.listen.port).toBe(9808);
  });

  it('is found and read with one look at each file: a pipe gives its text once', () => {
    const texts = new Map([
      ['pipe', 'port: 1234\nqueues: [a]\ndrop_in: danihodovic\nbroker_url_file: secret\n'],
      ['secret', 'redis://elsewhere'],
    ]);
    const takeText = (path: string): string => {
      const text = texts.get(path) ?? '';
      texts.delete(path);
      return text;
    };
    const argv = ['--config=pipe'];
    const mode = readMode({ argv: ['check-config', ...argv], env: {}, readFile: takeText });
    const read = readConfig({ argv, env: {}, readFile: takeText, mode });
    if (!read.ok) throw new Error(problemsText(read.problems));
    expect(mode.name).toBe('danihodovic');
    expect(read.config.listen.port).toBe(1234);
    expect(read.config.brokers[0].pollers.queues).toEqual(['a']);
    expect(read.config.brokers[0].place.shownUrl).toBe('redis://elsewhere');
  });

  it('that is off although its broker is set says so', () => {
    const says =
      /^the variables of danihodovic.* CE_BROKER_URL, are not read, .*: add --drop-in=danihodovic, or remove/;
    for (const name of ['CELERY_EXPORTER_LOG_LEVEL', 'CELERY_EXPORTER_INSTANCE'])
      expect(configOf([], { CE_BROKER_URL: URL, [name]: 'info' }).notices).toEqual([expect.stringMatching(says)]);
    expect(configOf(['--broker-url=redis://a'], { CE_BROKER_URL: URL }).notices).toEqual([expect.stringMatching(says)]);
    expect(configOf(['--drop-in=flower'], { CE_BROKER_URL: URL }).notices).toContainEqual(expect.stringMatching(says));
    for (const argv of [[], DANI]) expect(configOf(argv, { CE_BROKER_URL: URL }).notices).toEqual([]);
    expect(configOf([], { CELERY_EXPORTER_LOG_LEVEL: 'info' }).notices).toEqual([]);
  });

  it('knows flags that are refused outside of it, with a word about the mode', () => {
    for (const flag of ['--buckets=1', '-Q', '--static-label=a=b', '--broker-transport-option=a=1'])
      expect(problemsOf([flag])).toMatch(/that is an option of --drop-in danihodovic/);
    expect(problemsOf(['--drop-in=dani'])).toMatch(/^drop_in: flag --drop-in is "dani", wanted one of danihodovic/);
  });
});

describe("danihodovic's variables", () => {
  it('become our settings', () => {
    const { config, notices } = configOf([], {
      CE_BROKER_URL: URL,
      CE_BROKER_TRANSPORT_OPTION: 'visibility_timeout=18000 global_keyprefix=p: priority_steps=[0,5]',
      CE_HOST: '127.0.0.1',
      CE_PORT: '9809',
      CE_LOG_LEVEL: 'WARNING',
      CE_QUEUES: 'a,b',
      CE_BUCKETS: '.005,1.0,inf',
      CE_QUEUE_WAIT_BUCKETS: '1,60',
      CE_PURGE_OFFLINE_WORKER_METRICS: '0',
      CE_STATIC_LABEL: 'env=prod dc=x',
      CE_ACCEPT_CONTENT: 'json,application/x-yaml',
    });
    expect(config).toMatchObject({
      listen: { host: '127.0.0.1', port: 9809 },
      logLevel: 'warn',
      dropIn: { name: 'danihodovic', staticLabels: { env: 'prod', dc: 'x' } },
    });
    expect(config.brokers[0]).toMatchObject({
      place: { shownUrl: 'redis://:[redacted]@broker:6379/0' },
      settings: { transportOptions: { globalKeyprefix: 'p:', prioritySteps: [0, 5] } },
      pollers: { queues: ['a', 'b'] },
      model: {
        series: { runtimeBuckets: [0.005, 1], moreWaitBuckets: [1, 60] },
        workers: { workerTtl: 36500 * 86_400 },
      },
    });
    expect(notices).toEqual([]);
  });

  it('leave a worker that is down on the page for longer than the shipped alert waits', () => {
    expect(configOf([], { CE_BROKER_URL: URL }).config.brokers[0].model.workers.workerTtl).toBe(1800);
  });

  it('that are malformed are named, and no secret with them', () => {
    const problems = problemsOf([], { CE_BROKER_URL: 'nonsense://:hunter2@x', CE_PORT: 'x', CE_BUCKETS: '2,1' });
    expect(problems).toMatch(/broker_url: environment variable CE_BROKER_URL, wanted a broker URL/);
    expect(problems).toMatch(/port: environment variable CE_PORT is "x", wanted an integer/);
    expect(problems).toMatch(/buckets: environment variable CE_BUCKETS is "2,1", wanted ascending numbers/);
    expect(problems).not.toContain('hunter2');
  });
});

describe("danihodovic's flags", () => {
  it('mean what they meant', () => {
    const { config } = configOf([
      ...DANI,
      ...['--broker-url', URL, '--broker-transport-option', 'sep=|', '--broker-transport-option=unacked_key=k'],
      ...['-Qa,b', '--log-level', 'TRACE', '--purge-offline-worker-metrics', '600', '--metric-prefix='],
      ...['--generic-hostname-task-sent-metric', '--default-queue-name', 'default', '--static-label', 'env=a=b'],
    ]);
    expect(config.brokers[0].settings.transportOptions).toMatchObject({ sep: '|', unackedKey: 'k' });
    expect(config.brokers[0].pollers.queues).toEqual(['a', 'b']);
    expect([config.logLevel, config.brokers[0].model.workers.workerTtl]).toEqual(['debug', 600]);
    expect(config.dropIn?.staticLabels).toEqual({ env: 'a=b' });
  });

  it('that have no effect are told of', () => {
    expect(configOf([...DANI, '--retry-interval', '5', '--worker-timeout=60']).notices).toEqual([
      expect.stringMatching(/^the option retry_interval has no effect/),
      expect.stringMatching(/^the option worker_timeout has no effect/),
    ]);
    expect(configOf(DANI).notices).toEqual([]);
  });

  it('for pickle are refused', () => {
    expect(problemsOf([...DANI, '--accept-content', 'json,pickle'])).toMatch(/pickle would run code.*never read/);
    expect(problemsOf([...DANI, '--accept-content', 'json,xml'])).toMatch(/wanted json, yaml and msgpack only/);
  });

  it('of TLS are ours, and switch TLS on', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'drop-in-'));
    const files = Object.fromEntries(
      ['ca', 'cert', 'key'].map((name) => {
        const file = path.join(folder, name);
        writeFileSync(file, '');
        return [name, file];
      }),
    );
    const ssl = (...options: string[]): string[] => options.flatMap((each) => ['--broker-ssl-option', each]);
    const { config } = configOf([
      ...DANI,
      `--broker-url=${URL}`,
      ...ssl(`ca_certs=${files['ca'] ?? ''}`, `ssl_certfile=${files['cert'] ?? ''}`, `keyfile=${files['key'] ?? ''}`),
      ...ssl('cert_reqs=0'),
    ]);
    expect(config.brokers[0].place.shownUrl).toMatch(/^rediss:/);
    expect(config.brokers[0].settings).toMatchObject({
      tls: { caFile: files['ca'], certFile: files['cert'], keyFile: files['key'], verify: false },
    });
    expect(configOf([...DANI, ...ssl('cert_reqs=ssl.CERT_REQUIRED')]).config.brokers[0].settings.tls.verify).toBe(true);
    for (const [option, wanted] of [
      ['ca_certs=/nowhere', /a file that can be read as ca_certs/],
      ['certfile=/nowhere', /a file that can be read as certfile/],
      ['cert_reqs=3', /cert_reqs to be one of required.* 2, 1, 0/],
      ['cert_reqs=constructor', /cert_reqs to be one of required/],
      ['constructor=/etc/hostname', /constructor has none/],
      ['ssl_toString=/etc/hostname', /toString has none/],
      ['ciphers=x', /ciphers has none/],
      [`certfile=${files['cert'] ?? ''}`, /certfile and keyfile, or neither/],
    ] as const)
      expect([option, problemsOf([...DANI, ...ssl(option)])]).toEqual([option, expect.stringMatching(wanted)]);
  });

  it('of TLS hold for each broker of the file that has none of its own', () => {
    const text =
      'drop_in: danihodovic\nbroker_ssl_option: { cert_reqs: 0 }\n' +
      'brokers:\n- { name: a, url: redis://a }\n- { name: b, url: amqp://b, broker_tls_verify: true }\n';
    const read = readConfig({ argv: ['--config=c.yml'], env: {}, readFile: () => text });
    if (!read.ok) throw new Error(problemsText(read.problems));
    expect(read.config.brokers.map(({ place, settings }) => [place.shownUrl, settings.tls.verify])).toEqual([
      ['rediss://a', false],
      ['amqps://b', true],
    ]);
  });

  it.each(['le=x', 'name=x', '1a=x', '__a=x'])('--static-label %s is refused', (label) => {
    expect(problemsOf([...DANI, '--static-label', label])).toMatch(/^static_label: .*wanted label names/);
  });

  it.each([
    ['--metric-prefix=9x', /the beginning of a metric name/],
    ['--purge-offline-worker-metrics=soon', /whole seconds/],
    ['--queue-wait-buckets=', /ascending numbers/],
    ['--broker-transport-option=visibility', /name=value for each option/],
  ])('%s is refused', (flag, wanted) => {
    expect(problemsOf([...DANI, flag])).toMatch(wanted);
  });
});

it.each([
  [['--drop-in=flower'], 'flower_events_total', /flower_events_total/],
  [['--drop-in=danihodovic', '--metric-prefix=shop_'], 'shop_task_sent_total', /shop_task_sent_total/],
])('a metric of the user that has a name of %j is refused', (argv, name, refusal) => {
  const file = `custom_metrics:\n  - {event: rows, name: ${name}, type: counter, help: Rows}\n`;
  const read = (given: readonly string[]): string => {
    const config = readConfig({ argv: ['--config=c.yml', ...given], env: {}, readFile: () => file });
    return config.ok ? 'fine' : problemsText(config.problems);
  };
  expect(read([])).toBe('fine');
  expect(read(argv)).toMatch(refusal);
});
