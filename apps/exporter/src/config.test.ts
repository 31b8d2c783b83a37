// The brokers of a configuration: one without a name, or several, each with options of its own; and what is refused.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { problemsText } from '@celery-watch/service';
import { brokersText, type ConfigSources, type ExporterConfig, readConfig } from './config.js';

interface Sources extends Partial<Omit<ConfigSources, 'readFile'>> {
  /** Of the configuration file. */
  readonly file?: string;
}

function read({ argv = [], env = {}, file }: Sources) {
  let made = 0;
  const given = file === undefined ? argv : ['--config=c.yml', ...argv];
  return readConfig(
    { argv: given, env, readFile: (path) => (path === 'c.yml' ? (file ?? '') : 'redis://of-a-file') },
    () => String(++made),
  );
}

function configOf(sources: Sources): ExporterConfig {
  const result = read(sources);
  if (!result.ok) throw new Error(problemsText(result.problems));
  return result.config;
}

function problemsOf(sources: Sources): readonly string[] {
  const result = read(sources);
  return result.ok ? [] : problemsText(result.problems).split('\n');
}

const placesOf = ({ brokers }: ExporterConfig) => brokers.map(({ name, place: { shownUrl } }) => [name, shownUrl]);

describe('the brokers', () => {
  it.each<[string, Sources, readonly (readonly [string | undefined, string])[]]>([
    ['of nothing at all', {}, [[undefined, 'redis://localhost:6379/0']]],
    ['of a URL', { argv: ['--broker-url=redis://:pa=ss@a'] }, [[undefined, 'redis://:[redacted]@a']]],
    ['of a URL with a name', { argv: ['--broker-url=shop=redis://:pa=ss@a'] }, [['shop', 'redis://:[redacted]@a']]],
    [
      'of several flags',
      { argv: ['--broker-url=a=redis://x', '--broker-url', 'b-2._=rediss://:p,w@y'] },
      [
        ['a', 'redis://x'],
        ['b-2._', 'rediss://:[redacted]@y'],
      ],
    ],
    [
      'of a variable',
      { env: { CELERY_BROKER_URL: '\na=redis://x/0\n  b=redis://x/1\n' } },
      [
        ['a', 'redis://x/0'],
        ['b', 'redis://x/1'],
      ],
    ],
    [
      'of a list of Sentinels, which is one broker',
      { argv: ['--broker-url=a=sentinel://x; sentinel://y', '--broker-transport-options={"master_name": "m"}'] },
      [['a', 'sentinel://x; sentinel://y']],
    ],
    [
      'of RabbitMQ beside Redis, with several hosts',
      { argv: ['--broker-url=a=amqp://u:p@x/v;amqp://u:p@y/v b=redis://z'] },
      [
        ['a', 'amqp://u:[redacted]@x/v;amqp://u:[redacted]@y/v'],
        ['b', 'redis://z'],
      ],
    ],
    [
      'of the file',
      { file: 'brokers:\n  - {name: a, url: redis://x}\n  - {name: b, url_file: u}\n' },
      [
        ['a', 'redis://x'],
        ['b', 'redis://of-a-file'],
      ],
    ],
    ['of the file, one with a name', { file: 'brokers: [{name: a, url: redis://x}]' }, [['a', 'redis://x']]],
  ])('%s', (_, sources, places) => {
    expect(placesOf(configOf(sources))).toEqual(places);
  });

  it('have options of their own, and the common ones where they have none', () => {
    const file =
      'event_exchange: ev\nqueues: [common]\nlost_after: 2m\nbrokers:\n' +
      '  - {name: a, url: redis://x}\n' +
      '  - name: b\n    url: redis://x\n    event_exchange: evb\n    control_exchange: ctl\n    queues: []\n' +
      '    remote_control: false\n    queue_poll_interval: 5s\n    worker_poll_interval: 40s\n    queue_age: false\n' +
      '    broker_transport_options: {global_keyprefix: "b:"}\n    broker_tls_verify: false\n    instance: me\n' +
      '    exclude_tasks: [noise]\n    missed_heartbeats: 9\n';
    const [a, b] = configOf({ file, argv: ['--max-series=7', '--port=0'] }).brokers;
    expect(a.settings).toMatchObject({
      exchanges: { eventExchange: 'ev', controlExchange: 'celery' },
      transportOptions: { globalKeyprefix: '' },
      tls: { verify: true },
      readHeads: true,
      ownName: expect.stringMatching(/^celery-exporter\..*\.0\.1$/) as unknown as string,
    });
    expect(b?.settings).toMatchObject({
      exchanges: { eventExchange: 'evb', controlExchange: 'ctl' },
      transportOptions: { globalKeyprefix: 'b:' },
      tls: { verify: false },
      readHeads: false,
      ownName: 'celery-exporter.me.2',
    });
    expect(a.pollers).toMatchObject({ remoteControl: true, queues: ['common'], queueInterval: 15, workerInterval: 30 });
    expect(b?.pollers).toMatchObject({ remoteControl: false, queues: [], queueInterval: 5, workerInterval: 40 });
    expect([a, b].map((each) => each?.model.series.isWanted('noise'))).toEqual([true, false]);
    expect([a, b].map((each) => each?.model.workers)).toMatchObject([
      { missedHeartbeats: 3, quietSilence: 90, lostAfter: 120 },
      { missedHeartbeats: 9, quietSilence: 120, lostAfter: 120 },
    ]);
    expect([a, b].map((each) => each?.model.series.maxSeries)).toEqual([7, 7]);
  });

  it('have names of their own on the broker, though the option instance is common', () => {
    const file =
      'instance: we\nevent_queue_keep: 10m\nbrokers:\n  - {name: a, url: amqp://x}\n' +
      '  - {name: b, url: amqp://x, event_exchange: other, rabbitmq_management_url: "http://x:15672"}\n' +
      '  - {name: c, url: amqp://y, instance: me, event_queue_keep: 1h}\n';
    const settings = configOf({ file }).brokers.map((each) => each.settings);
    expect(
      settings.map(({ instance, ownName, eventQueueKeep, managementUrl }) => [
        instance,
        ownName,
        eventQueueKeep,
        managementUrl,
      ]),
    ).toEqual([
      ['we.a', 'celery-exporter.we.a.1', 600, undefined],
      ['we.b', 'celery-exporter.we.b.2', 600, 'http://x:15672'],
      ['me', 'celery-exporter.me.3', 3600, undefined],
    ]);
    const [only] = configOf({ argv: ['--broker-url=amqp://x', '--instance=we'] }).brokers;
    expect(only.settings.instance).toBe('we');
  });

  it('may be several apps on one server', () => {
    const file =
      'brokers:\n  - {name: a, url: redis://x/0}\n  - {name: b, url: redis://x/1}\n' +
      '  - {name: c, url: redis://x/0, event_exchange: other}\n' +
      '  - {name: d, url: redis://x/0, broker_transport_options: {global_keyprefix: "d:"}}\n';
    expect(configOf({ file }).brokers).toHaveLength(4);
  });

  it.each([
    ['another way to write the same', 'redis://h', 'redis://h:6379/0'],
    ['another name of this machine', 'redis://localhost', 'redis://127.0.0.1'],
    ['another login', 'redis://h/0', 'redis://:p@H/0'],
    ['the same socket', 'redis+socket:///run/r.sock', 'unix:///run/r.sock'],
    ['another scheme', 'amqp://u:p@h//', 'pyamqp://u:p@h/'],
    ['another user of the same virtual host', 'amqp://u:p@h/v', 'amqp://other:q@h:5672/v'],
    ['one host of a list', 'amqp://h1/v;amqp://h2/v', 'amqp://h2/v'],
  ])('may not be one place twice: %s', (_, one, other) => {
    const [problem] = problemsOf({ argv: [`--broker-url=a=${one}`, `--broker-url=b=${other}`] });
    expect(problem).toMatch(/^broker_url: flag --broker-url, wanted another place for b than for a: /);
  });

  it.each([
    ['redis://h/0', 'redis://h/1'],
    ['redis://h:6379', 'redis://h:6380'],
    ['amqp://h/v', 'amqp://h/V'],
    ['amqp://h', 'redis://h:5672'],
  ])('may be %s and %s', (one, other) => {
    expect(problemsOf({ argv: [`--broker-url=a=${one}`, `--broker-url=b=${other}`] })).toEqual([]);
  });

  it('that are Redis take no notice of what is for RabbitMQ, and say so', () => {
    const noticesOf = (sources: Sources): readonly string[] => {
      const result = read(sources);
      if (!result.ok) throw new Error(problemsText(result.problems));
      return result.notices;
    };
    const options = ['--rabbitmq-management-url=http://x:15672', '--event-queue-keep=1h', '--instance=x'];
    expect(noticesOf({ argv: ['--broker-url=redis://h', ...options] })).toEqual([
      'rabbitmq_management_url has no effect on Redis, which the broker is: it is for RabbitMQ (amqp://)',
      'event_queue_keep has no effect on Redis, which the broker is: it is for RabbitMQ (amqp://)',
    ]);
    expect(noticesOf({ argv: ['--broker-url=amqp://h', ...options] })).toEqual([]);
    const two = ['--broker-url=a=amqp://h', '--broker-url=b=redis://h'];
    expect(noticesOf({ argv: [...two, ...options] })).toEqual([]);
    const file = 'brokers:\n  - {name: a, url: amqp://h}\n  - {name: b, url: redis://h, event_queue_keep: 1h}\n';
    expect(noticesOf({ file })).toEqual([
      'event_queue_keep has no effect on the broker b, which is Redis: it is for RabbitMQ (amqp://)',
    ]);
  });

  it('are told by check-config, without a secret', () => {
    expect(brokersText(configOf({ argv: ['--broker-url=redis://:hunter2@x/3'] }).brokers)).toBe(
      'Broker: redis://:[redacted]@x/3\n',
    );
    expect(brokersText(configOf({ argv: ['--broker-url=a=redis://x shop=redis://:hunter2@y'] }).brokers)).toBe(
      'Broker a   : redis://x\nBroker shop: redis://:[redacted]@y\n',
    );
  });
});

describe('what is refused', () => {
  it.each<[string, Sources, readonly RegExp[]]>([
    [
      'names that are none, or twice, or not everywhere, and bad URLs, all at once',
      { argv: ['--broker-url=a=redis://x', '--broker-url=a=redis://y', '--broker-url=redis://:hunter2@z ü=http://w'] },
      [
        /for number 4 of 4 a name of at most 64 letters/,
        /for number 4 of 4 a broker URL that can be used: .*the transport http/,
        /each name once: a is there again/,
        /a name before each of several URLs/,
      ],
    ],
    ['an empty name', { argv: ['--broker-url==redis://:hunter2@x'] }, [/a name of at most 64 letters.*before the =/]],
    [
      'a name before what is no URL',
      { argv: ['--broker-url=shop=:hunter2@x'] },
      [/^broker_url: .*\[redacted\] has no scheme/],
    ],
    ['no text', { file: 'broker_url: [redis://a, redis://b]\n' }, [/several brokers stand under brokers: in the file/]],
    [
      'a file beside a flag',
      { argv: ['--broker-url=a=redis://x', '--broker-url-file=u'] },
      [/^broker_url: flag --broker-url-file, wanted only one of --broker-url and --broker-url-file, once/],
    ],
    [
      'brokers beside broker_url',
      { file: 'brokers: [{name: a, url: redis://x}]', env: { CELERY_BROKER_URL: 'redis://:hunter2@y' } },
      [
        /^brokers: c\.yml:1 beside broker_url \(environment variable CELERY_BROKER_URL\), wanted only one of brokers and broker_url; remove one$/,
      ],
    ],
    ['an empty list', { file: 'brokers: []\n' }, [/^brokers: c\.yml:1, wanted a list of at least one element/]],
    [
      'elements with all kinds of mistakes',
      {
        file:
          'brokers:\n  - {name: a, url: "redis://:hunter2@x"}\n  - name: a\n    url: http://:hunter2@y\n    ' +
          'queus: [q]\n  - name: a b\n    broker_url: redis://:hunter2@x\n  - name: 5\n    url: redis://z\n    lost_after: soon\n',
      },
      [
        /^brokers\[1\]\.queus: c\.yml:5, .*did you mean queues\?$/,
        /^brokers\[2\]\.broker_url: c\.yml:7, .*there are name, url, /,
        /^brokers\[1\]\.url: c\.yml:4, wanted a broker URL that can be used: .*the transport http/,
        /^brokers\[2\]\.name: c\.yml:6 is "a b", wanted a name of at most 64 letters, digits, _, \. and -$/,
        /^brokers\[2\]\.url: c\.yml:6 \(missing\), wanted a broker URL$/,
        /^brokers\[3\]\.name: c\.yml:8 is "5", .*put it in quotes$/,
        /^brokers\[3\]\.lost_after: c\.yml:10 is "soon", wanted a duration/,
        /^brokers\[1\]\.name: c\.yml:3 is "a", wanted a name of its own: brokers\[0\]\.name is the same$/,
      ],
    ],
    [
      'what does not fit together, in its element',
      {
        file:
          'brokers:\n  - {name: a, url: redis://x}\n  - name: a\n    url: sentinel://s\n    broker_tls_cert_file: /dev/null\n' +
          '    control_exchange: ${X}\n  - {name: c, url: redis://x, queues: [other]}\n',
      },
      [
        /^brokers\[1\]\.control_exchange: c\.yml:6, .*placeholder \$\{X\}/,
        /^brokers\[1\]\.broker_transport_options: c\.yml:3, with a sentinel:\/\/ broker_url \(broker a\), wanted master_name/,
        /^brokers\[1\]\.broker_tls_cert_file: c\.yml:5 without broker_tls_key_file, .*needs its key/,
        /^brokers\[1\]\.name: c\.yml:3 is "a", wanted a name of its own: brokers\[0\]\.name is the same$/,
        /^brokers\[2\]\.url: c\.yml:7, wanted another place for c than for a: /,
      ],
    ],
    [
      'what does not fit together beside a mistake that is of one option alone',
      {
        file:
          'queue_poll_interval: soon\nseries_ttl: 1h\ntask_ttl: 2h\nevent_queue_keep: 1m\ninstance: [x]\n' +
          'custom_metrics:\n  - {event: a, name: celery_x, type: gauge, help: A, value: v}\n' +
          '  - {event: a, name: celery_exporter_tasks, type: gauge, help: A, value: v}\n' +
          'brokers:\n  - {name: a, url: amqp://x}\n  - {name: a, url: sentinel://s}\n  - {name: b, url: amqp://x}\n' +
          '  - {name: c, url: http://x, broker_tls_cert_file: /dev/null, broker_tls_key_file: /nowhere}\n',
      },
      [
        /^queue_poll_interval: c\.yml:1 is "soon", wanted a duration/,
        /^custom_metrics\[0\]\.name: c\.yml:7 is "celery_x"/,
        /^custom_metrics\[1\]\.name: c\.yml:8 is "celery_exporter_tasks"/,
        /^instance: c\.yml:5 /,
        /^brokers\[3\]\.url: c\.yml:13, wanted a broker URL/,
        /^brokers\[3\]\.broker_tls_key_file: c\.yml:13 /,
        /^series_ttl: c\.yml:2 is "1h", wanted longer than task_ttl, which is 2h$/,
        /^brokers\[1\]\.broker_transport_options: c\.yml:11, with a sentinel.* \(broker a\), wanted master_name/,
        /^brokers\[1\]\.name: c\.yml:11 is "a", wanted a name of its own/,
        /^brokers\[2\]\.url: c\.yml:12, wanted another place for b than for a/,
      ],
    ],
    [
      'nothing that follows from a mistake that is told',
      {
        file:
          'task_ttl: soon\nseries_ttl: 1h\nbroker_transport_options: {master_name: 5}\n' +
          'brokers:\n  - {name: a, url: sentinel://x}\n  - {name: b, url: sentinel://x}\n',
      },
      [/^broker_transport_options: /, /^task_ttl: /],
    ],
    [
      "a metric of one's own in the way of the drop-in's, beside others that are wrong",
      {
        argv: ['--drop-in=danihodovic', '--metric-prefix=my_', '--static-label=le=x'],
        file:
          'max_tasks: many\ncustom_metrics:\n  - {event: a, name: my_task_sent_total, type: counter, help: A}\n' +
          '  - {event: a, name: other, type: counter, help: A}\n',
      },
      [
        /^max_tasks: c\.yml:1 /,
        /^custom_metrics\[1\]\.name: c\.yml:4 is "other"/,
        /^static_label: /,
        /^custom_metrics\[0\]\.name: c\.yml:3 is "my_task_sent_total", wanted another name: the page has/,
      ],
    ],
    [
      'one of several flags that lacks an option',
      { argv: ['--broker-url=a=redis://x b=sentinel://y'] },
      [
        /^broker_transport_options: flag --broker-url, with a sentinel:\/\/ broker_url \(broker b\), wanted master_name/,
      ],
    ],
    [
      'what YAML itself refuses inside of a list, in its element and on its line',
      {
        file:
          'brokers:\n  - name: a\n    url: redis://x\n    name: b\n    queues:\n      - one\n      - *nowhere\n' +
          'lost_after: .nan\nmax_tasks: -.inf\ncustom_metrics:\n  - {event: a, name: my_a, type: gauge, help: A, value: v}\n' +
          'custom_metrics:\n  - {event: b, name: my_b, type: gauge, help: B, value: v}\n',
      },
      [
        /^brokers\[0\]\.name: c\.yml:4, wanted each key only once; remove all lines for it but one$/,
        /^custom_metrics: c\.yml:12, wanted each key only once; put the entries of all of them under one custom_metrics:$/,
        /^brokers\[0\]\.queues: c\.yml:7, wanted a value without aliases/,
        /^max_tasks: c\.yml:9 is "-\.inf", wanted/,
        /^lost_after: c\.yml:8 is "\.nan", wanted/,
      ],
    ],
    [
      'a common option that fits none, once',
      { argv: ['--broker-url=a=redis://x b=redis://y', '--event-exchange={{ e }}'] },
      [/^event_exchange: flag --event-exchange, wanted the name itself/],
    ],
  ])('%s', (_, sources, lines) => {
    const problems = problemsOf(sources);
    expect(problems).toEqual(lines.map((line) => expect.stringMatching(line)));
    expect(problems.join()).not.toContain('hunter2');
  });
});

describe('the configuration file that ships', () => {
  const shipped = readFileSync(join(import.meta.dirname, '../../../monitoring/celery_exporter.yml'), 'utf8');
  /** With the examples in force that begin so. */
  const withExamples = (...begins: readonly string[]): string =>
    begins.reduce((text, begin) => {
      const example = new RegExp(`^# ${begin}.*\n(?:# {3,}\\S.*\n)*`, 'm');
      expect(text).toMatch(example);
      return text.replace(example, (comment) => comment.replace(/^# /gm, ''));
    }, shipped);

  it('leaves the broker to a flag, a variable or a list, and has an example of each kind', () => {
    const { brokers } = configOf({ file: shipped, env: { CELERY_BROKER_URL: 'a=redis://x b=amqp://y' } });
    expect(brokers.map(({ name }) => name)).toEqual(['a', 'b']);
    expect(placesOf(configOf({ file: withExamples('brokers:') }))).toEqual([
      ['shop', 'redis://redis-1:6379/0'],
      ['stock', 'redis://of-a-file'],
    ]);
  });

  it('has examples of all that is for RabbitMQ alone', () => {
    const file = withExamples('broker_url: amqp', 'rabbitmq_management_url: ', 'event_queue_keep: ', 'instance: ');
    expect(configOf({ file }).brokers.map(({ settings }) => settings)).toMatchObject([
      { managementUrl: 'http://rabbitmq:15672', eventQueueKeep: 600, instance: 'exporter-a' },
    ]);
  });
});
