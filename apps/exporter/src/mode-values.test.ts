// What the programs start with whose place a mode is, this one starts with, too.
import { describe, expect, it } from '@jest/globals';
import { problemsText } from '@celery-watch/service';
import { readConfig } from './config.js';

type Environment = Readonly<Record<string, string>>;
type Config = Extract<ReturnType<typeof readConfig>, { ok: true }>;

function read(argv: readonly string[], env: Environment = {}, file = ''): ReturnType<typeof readConfig> {
  return readConfig({ argv, env, readFile: () => file }, () => 'unique');
}

function configOf(...given: Parameters<typeof read>): Config {
  const result = read(...given);
  if (!result.ok) throw new Error(problemsText(result.problems));
  return result;
}

function problemsOf(...given: Parameters<typeof read>): string {
  const result = read(...given);
  return result.ok ? 'none' : problemsText(result.problems);
}

const FLOWER = ['--drop-in=flower'];
const DANI = ['--drop-in=danihodovic'];
const OVAL = ['--drop-in=ovalmoney'];

describe('in the place of Flower', () => {
  it.each([
    ...['--max_tasks=10000', '--max-tasks=100', '--task-runtime-metric-buckets=1,5,10,inf', '--read_only'],
    ...['--persistent', '--xheaders', '--auto_refresh=False', '--natural-time', '--loglevel=info', '--logging=info'],
    ...['--log_to_stderr', '--log-file-prefix=/var/log/flower', '--log_rotate_mode=time', '--url-prefix='],
    ...['--url_prefix=/', '--debug=t', '--debug=False', '-A', '--workdir=/app', '--enable_events=n'],
  ])('%s is taken', (flag) => {
    expect(problemsOf([...FLOWER, flag])).toBe('none');
  });

  it.each([
    ...['y', 't', 'n', 'f', 'True', 'off'].map((word): Environment => ({ FLOWER_DEBUG: word })),
    { FLOWER_MAX_TASKS: '100' },
    { FLOWER_TASK_RUNTIME_METRIC_BUCKETS: '1,5,inf' },
    { FLOWER_PERSISTENT: 'True', FLOWER_READ_ONLY: '1' },
    { FLOWER_LOGGING: 'none' },
  ])('%j is taken', (env) => {
    expect(problemsOf(FLOWER, env)).toBe('none');
  });

  it('they mean what they meant', () => {
    const { model } = configOf([...FLOWER, '--max_tasks=100']).config.brokers[0];
    expect(model.tracker.maxTasks).toBe(1000);
    expect(configOf(FLOWER, { FLOWER_MAX_TASKS: '20000' }).config.brokers[0].model.tracker.maxTasks).toBe(20_000);
    expect(configOf([...FLOWER, '--logging=WARNING']).config.logLevel).toBe('warn');
    expect([...'ytnf'].map((word) => configOf(FLOWER, { FLOWER_DEBUG: word }).config.logLevel)).toEqual([
      ...['debug', 'debug', 'info', 'info'],
    ]);
    expect(Object.keys(configOf([...FLOWER, '--url-prefix=']).config.dropIn?.routes ?? {})).toEqual(['/healthcheck']);
  });

  it('what has no effect is told, and what may be a slip', () => {
    expect(configOf([...FLOWER, '--read_only', '--log_to_stderr', '-A', 'app', '--prot', '1']).notices).toEqual([
      expect.stringMatching(/^these options of Flower have no effect.*: read_only, log_to_stderr;/),
      expect.stringMatching(/^these arguments are not known.*: -A, --prot \(did you mean --port\?\)$/),
    ]);
    expect(configOf(FLOWER).notices).toEqual([]);
    expect(problemsOf([...FLOWER, '--debug=maybe'])).toMatch(/^debug: flag --debug is "maybe", wanted true or false/);
  });
});

describe("in the place of danihodovic's", () => {
  it.each(['t', 'y', 'n', 'f', 'Y', 'F', 'on'])('CE_GENERIC_HOSTNAME_TASK_SENT_METRIC=%s is taken', (word) => {
    const env = { CE_GENERIC_HOSTNAME_TASK_SENT_METRIC: word, CE_GENERIC_HOSTNAME_WORKER_TASK_METRIC: word };
    expect(problemsOf(DANI, env)).toBe('none');
  });

  it('values that it starts with are taken', () => {
    const { config } = configOf([...DANI, ...['-Q', 'a,,b'], '--buckets=1,1,2', '--purge-offline-worker-metrics=-5']);
    expect(config.brokers[0].pollers.queues).toEqual(['a', 'b']);
    expect(config.brokers[0].model.series.runtimeBuckets).toEqual([1, 2]);
    expect(config.brokers[0].model.workers.workerTtl).toBe(36_500 * 86_400);
    expect(configOf(DANI, { CE_QUEUES: ',a, b,' }).config.brokers[0].pollers.queues).toEqual(['a', 'b']);
    for (const flag of [
      ...['--worker-timeout=-1', '--retry-interval=-1', '--accept-content=application/json,text/plain'],
    ])
      expect([flag, problemsOf([...DANI, flag])]).toEqual([flag, 'none']);
    expect(problemsOf([...DANI, '--accept-content=application/x-python-serialize'])).toMatch(/pickle would run code/);
    expect(problemsOf([...DANI, '--metric-prefix=a.b_'])).toMatch(/the beginning of a metric name: letters, digits/);
  });

  it('the levels of its log are those of a file, too', () => {
    expect(configOf([...DANI, '--config=c'], {}, 'log_level: INFO').config.logLevel).toBe('info');
    expect(configOf([...DANI, '--config=c'], {}, 'log_level: WARNING').config.logLevel).toBe('warn');
    expect(problemsOf(['--config=c'], {}, 'log_level: INFO')).toMatch(/^log_level: c:1 is "INFO", wanted one of/);
  });

  it('TLS checks what kombu checks, and the log says what it does not', () => {
    const url = (env: Environment, argv: readonly string[] = []): [string, string[]] => {
      const { config, notices } = configOf([...DANI, ...argv], env);
      return [config.brokers[0].place.shownUrl, notices.map((notice) => notice.slice(0, 35))];
    };
    expect(url({ CE_BROKER_URL: 'rediss://h' })).toEqual([
      'rediss://h?ssl_cert_reqs=none',
      ["the broker's certificate is not check"].map((text) => text.slice(0, 35)),
    ]);
    expect(url({ CE_BROKER_URL: 'rediss://h' }, ['--broker-tls-verify'])).toEqual(['rediss://h', []]);
    const ssl = { CE_BROKER_URL: 'amqp://h', CE_BROKER_SSL_OPTION: 'cert_reqs=2' };
    expect(url(ssl)).toEqual(['amqps://h?ssl_check_hostname=false', [expect.stringMatching(/^the host name in/)]]);
    expect(url({ ...ssl, CE_BROKER_SSL_OPTION: 'cert_reqs=0' })[1]).toEqual([]);
    const named = { ...ssl, CE_BROKER_SSL_OPTION: 'server_hostname=rabbit' };
    expect(url(named)).toEqual(['amqps://h', []]);
    expect(configOf(DANI, named).config.brokers[0].settings.tls.serverName).toBe('rabbit');
    for (const bad of ['server_hostname=', 'ssl_check_hostname=perhaps'])
      expect(problemsOf([...DANI, '--broker-ssl-option', bad])).toMatch(/^broker_ssl_option: among its names, wanted/);
  });

  it('a broker of the file that says itself how TLS is checked is left as it is', () => {
    const file =
      'brokers:\n- { name: a, url: rediss://a }\n- { name: b, url: rediss://b, broker_tls_verify: true }\n' +
      '- { name: c, url: "rediss://c?ssl_cert_reqs=required" }\n';
    const { config, notices } = configOf([...DANI, '--config=c'], {}, file);
    expect(config.brokers.map(({ place }) => place.shownUrl)).toEqual([
      ...['rediss://a?ssl_cert_reqs=none', 'rediss://b', 'rediss://c?ssl_cert_reqs=required'],
    ]);
    expect(notices).toHaveLength(1);
  });

  it('a label broker is refused beside brokers with names only', () => {
    const label = [...DANI, '--static-label=broker=x'];
    expect(problemsOf(label)).toBe('none');
    expect(problemsOf([...label, '--broker-url=a=redis://a', '--broker-url=b=redis://b'])).toMatch(
      /^static_label: .*which of them a series is of; give it another name$/,
    );
    expect(problemsOf([...label, '--config=c'], {}, 'brokers:\n- { name: a, url: redis://a }\n')).toMatch(
      /^static_label/,
    );
  });
});

describe('in any mode', () => {
  it.each([
    [DANI, 9808],
    [FLOWER, 5555],
    [OVAL, 9540],
  ])('%j does not listen on PORT', (argv, port) => {
    expect(configOf(argv, { PORT: '1234' }).config.listen.port).toBe(port);
    expect(configOf(argv, { PORT: '1234', CELERY_EXPORTER_PORT: '77' }).config.listen.port).toBe(77);
    expect(configOf([], { PORT: '1234' }).config.listen.port).toBe(1234);
  });

  it('the last of several flags counts', () => {
    const twice = ['--port=1', '--port=2', '--broker-url=redis://a', '--broker-url=redis://b'];
    for (const argv of [DANI, FLOWER, OVAL]) {
      const { config } = configOf([...argv, ...twice]);
      expect([config.listen.port, config.brokers[0].place.shownUrl]).toEqual([2, 'redis://b']);
    }
    const purge = ['--purge-offline-worker-metrics=5', '--purge-offline-worker-metrics=6', '-Qa', '--queues=b'];
    expect(configOf([...DANI, ...purge]).config.brokers[0]).toMatchObject({
      model: { workers: { workerTtl: 6 } },
      pollers: { queues: ['b'] },
    });
    expect(problemsOf(['--port=1', '--port=2'])).toMatch(/^port: flag --port, wanted it only once/);
  });

  it('several servers of one broker are no flags, and brokers with names stay', () => {
    const { config } = configOf([...DANI, '--broker-url=amqp://a/v; amqp://b/v']);
    expect(config.brokers[0].place.shownUrl).toBe('amqp://a/v; amqp://b/v');
    const named = [...DANI, '--broker-url', 'a=redis://a', '--broker-url', 'b=redis://b'];
    expect(configOf(named).config.brokers.map(({ name }) => name)).toEqual(['a', 'b']);
  });

  it.each(['t', 'Y', 'f', 'N'])("OvalMoney's switches are %s, too", (word) => {
    const env = { CELERY_EXPORTER_USE_SSL: word, CELERY_EXPORTER_VERBOSE: word, CELERY_EXPORTER_ENABLE_EVENTS: word };
    expect(problemsOf(OVAL, env)).toBe('none');
  });
});
