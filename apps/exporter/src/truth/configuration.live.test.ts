// Every way of configuring the program, and what it says of each mistake.
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, unlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { freePort, type RedisServer, Testbed } from '@celery-watch/testbed';
import { EXPORTER_OPTIONS } from '../options.js';
import { connectTo, launchExporter, runExporterProgram, type RunningExporter } from './testing.js';

const NOWHERE = 'redis://127.0.0.1:1/0';
const isUp = (exporter: RunningExporter) =>
  exporter.until('the broker to be up', (page) => page.value('celery_broker_up') === 1);

describe('the program', () => {
  const bed = new Testbed();
  let redis: RedisServer;
  beforeAll(async () => {
    redis = await bed.redis({ password: 'word of passing' });
  });
  afterAll(() => bed.close());

  /** Writes a file into a folder of its own; gives its path. */
  async function file(name: string, text: string): Promise<string> {
    const folder = join(bed.folder, `config-${Math.random().toString(36).slice(2)}`);
    await mkdir(folder);
    await writeFile(join(folder, name), text);
    return join(folder, name);
  }

  it('runs by three environment variables alone', async () => {
    const port = await freePort();
    const exporter = await launchExporter(bed, [], {
      CELERY_BROKER_URL: redis.url,
      CELERY_BROKER_TRANSPORT_OPTIONS: '{"global_keyprefix": "env:"}',
      PORT: String(port),
    });
    expect(exporter.url).toMatch(new RegExp(`^http://(localhost|127\\.0\\.0\\.1):${port}$`));
    await isUp(exporter);
    await using raw = await connectTo(redis);
    const event = { type: 'thing-happened', timestamp: Date.now() / 1000, hostname: 'x' };
    await raw.publish(
      'env:/0.celeryev/thing.happened',
      JSON.stringify({
        body: JSON.stringify(event),
        'content-type': 'application/json',
        headers: {},
        properties: { body_encoding: 'utf-8' },
      }),
    );
    await exporter.until(
      'the event to be seen',
      (page) => page.value('celery_exporter_events_total', { type: 'custom' }) === 1,
    );
  });

  it('takes a flag before a variable, a variable before the file, and the file before the default', async () => {
    const config = await file(
      'celery_exporter.yml',
      `broker_url: ${NOWHERE}\nqueues: [of-the-file]\nport: ${await freePort()}\nhost: 127.0.0.1\nqueue_poll_interval: 1s\nlog_level: debug\n`,
    );
    const exporter = await launchExporter(bed, [`--config=${config}`, '--queues=of-the-flag'], {
      CELERY_BROKER_URL: redis.url,
      CELERY_EXPORTER_QUEUES: 'of-the-environment',
      CELERY_EXPORTER_LOG_LEVEL: 'info',
    });
    expect(exporter.url).toMatch(/^http:\/\/127\.0\.0\.1:/);
    const page = await exporter.until('the queues to be read', (now) => now.series('celery_queue_length').length > 0);
    expect(page.series('celery_queue_length').map(({ labels }) => labels['queue'])).toEqual(['of-the-flag']);
    expect(exporter.log().some(({ level }) => level === 'debug')).toBe(false);
  });

  it('takes the file from a variable, and a secret from a file beside it', async () => {
    const config = await file('c.yml', 'broker_url_file: url.txt\nport: 0\n');
    await writeFile(join(config, '..', 'url.txt'), `${redis.url}\n`);
    const exporter = await launchExporter(bed, [], { CELERY_EXPORTER_CONFIG: config });
    await isUp(exporter);
  });

  it('takes secrets from files that variables or flags name', async () => {
    const url = await file('url', `${redis.url}\n`);
    const options = await file('options', '{"global_keyprefix": "x:"}\n');
    const exporters = await Promise.all([
      launchExporter(bed, ['--port=0'], { CELERY_BROKER_URL_FILE: url, CELERY_BROKER_TRANSPORT_OPTIONS_FILE: options }),
      launchExporter(bed, ['--port=0', `--broker-url-file=${url}`]),
    ]);
    for (const exporter of exporters) await isUp(exporter);
  });

  it('check-config says all mistakes at once, without the secrets, and exits with 1', async () => {
    const config = await file('wrong.yml', 'prot: 9808\nqueue_poll_interval: 5 parsecs\n');
    const { code, output } = await runExporterProgram(
      bed,
      [
        'check-config',
        `--config=${config}`,
        '--port=99999',
        '--no-such-flag',
        '--duration-buckets=5,1',
        '--broker-tls-cert-file=/no/such/file',
      ],
      {
        CELERY_BROKER_URL: 'sqs://user:hidden@rabbit/',
        CELERY_BROKER_TRANSPORT_OPTIONS: '{"priority_steps": "many"}',
        CELERY_EXPORTER_MAX_TASKS: 'lots',
      },
    );
    expect(code).toBe(1);
    expectProblems(output, [
      /wrong\.yml:1.*did you mean port\?/,
      /^queue_poll_interval: .*wrong\.yml:2 is "5 parsecs"/,
      /^port: flag --port is "99999"/,
      /--no-such-flag/,
      /^duration_buckets: /,
      /^broker_url: environment variable CELERY_BROKER_URL.*transport sqs, which is not supported/,
      /^broker_tls_cert_file: .*ENOENT/,
      /^broker_transport_options: environment variable CELERY_BROKER_TRANSPORT_OPTIONS.*priority_steps/,
      /^max_tasks: environment variable CELERY_EXPORTER_MAX_TASKS is "lots"/,
    ]);
    expect(output).not.toContain('hidden');
    expect(output).toContain('See celery-exporter --help.');
  });

  it('refuses to run with values that do not fit together, and names them all at once', async () => {
    const certificate = await file('client.crt', '');
    const { code, output } = await runExporterProgram(bed, [
      '--broker-url=sentinel://a;sentinel://b',
      '--series-ttl=1h',
      '--task-ttl=2h',
      `--broker-tls-cert-file=${certificate}`,
      '--event-exchange=${EVENTS}',
      '--queues=mail,{{ queue }}',
    ]);
    expect(code).toBe(1);
    expectProblems(output, [
      /^event_exchange: .*placeholder \$\{EVENTS\}/,
      /^queues: .*placeholder \{\{ queue \}\}/,
      /^broker_transport_options: .*master_name/,
      /^series_ttl: .*longer than task_ttl/,
      /^broker_tls_cert_file: .*needs its key/,
    ]);
  });

  it('check-config is content with what is good, without a broker', async () => {
    expect(await runExporterProgram(bed, ['check-config', `--broker-url=${NOWHERE}`])).toEqual({
      code: 0,
      signal: null,
      output: `The configuration is good.\nBroker: ${NOWHERE}\n`,
    });
  });

  it('takes a file that is a pipe, which gives its text once', async () => {
    const pipe = await file('pipe.yml', '');
    await unlink(pipe);
    await promisify(execFile)('mkfifo', [pipe]);
    // Waits until somebody reads.
    const written = writeFile(pipe, 'broker_url: redis://of-the-pipe\n');
    const { code, output } = await runExporterProgram(bed, ['check-config', `--config=${pipe}`]);
    await written;
    expect([code, output]).toEqual([0, 'The configuration is good.\nBroker: redis://of-the-pipe\n']);
  });

  it('check-config and the log name the variables that a platform has made of a Service', async () => {
    const env = { CELERY_EXPORTER_PORT: 'tcp://10.96.0.12:9808', CELERY_EXPORTER_SERVICE_HOST: '10.96.0.12' };
    const { code, output } = await runExporterProgram(bed, ['check-config', `--broker-url=${NOWHERE}`], env);
    expect([code, output]).toEqual([
      0,
      expect.stringMatching(
        /^The configuration is good\.\nBroker: \S+\nVariables: ignored, .*: CELERY_EXPORTER_PORT, CELERY_EXPORTER_SERVICE_HOST\. /,
      ),
    ]);
    const exporter = await launchExporter(bed, ['--host=127.0.0.1', '--port=0', `--broker-url=${NOWHERE}`], env);
    expect(await exporter.logged(/^variables: ignored/)).toMatchObject({ level: 'warn' });
  });

  it('--help explains every option with its default, its variable and what it costs', async () => {
    const { code, output } = await runExporterProgram(bed, ['--help']);
    expect(code).toBe(0);
    const chapters = output.split('\n\n');
    for (const { key, flag, env, option } of EXPORTER_OPTIONS.entries) {
      const begin = option.isStructured ? `${key}:` : option.isSwitch ? `${flag},` : `${flag}=`;
      const chapter = chapters.find((each) => each.trimStart().startsWith(begin)) ?? `nothing about ${flag}`;
      const text = chapter.replace(/\s+/g, ' ');
      expect(text).toContain(option.about.help.replace(/\s+/g, ' '));
      expect(text).toContain(option.about.cost ?? '');
      expect(text).toMatch(/Default: \S/);
      for (const name of env) expect(text).toContain(name);
      if (option.secret) expect(text).toContain(`${env[0] ?? ''}_FILE`);
    }
    expect(Math.max(...output.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  it('names a port that is in use, and exits with 1', async () => {
    const taken = createServer().listen(0, '127.0.0.1').unref();
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const { code, output } = await runExporterProgram(bed, [
      `--broker-url=${redis.url}`,
      '--host=127.0.0.1',
      `--port=${port}`,
    ]);
    taken.close();
    expect(code).toBe(1);
    expect(output).toContain(`cannot listen on 127.0.0.1 port ${port}: another program uses it`);
    expect(output).not.toMatch(/word.{1,3}of.{1,3}passing/);
  });
});

/** One line for each of these, and none besides. */
function expectProblems(output: string, lines: readonly RegExp[]): void {
  const problems = output.split('\n\n')[0]?.split('\n') ?? [];
  for (const line of lines) expect(problems).toContainEqual(expect.stringMatching(line));
  expect(problems).toHaveLength(lines.length);
}
