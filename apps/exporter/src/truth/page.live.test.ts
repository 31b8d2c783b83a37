// The page as scrapers ask for it: both formats, compressed or not, and in the eyes of Prometheus' own checker.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { get, type IncomingMessage } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { METRIC_CATALOGUE } from '@celery-watch/celery-protocol';
import { findProgram, type Labels, readScrape, Testbed } from '@celery-watch/testbed';
import { QUICK, type RunningExporter, startExporterProgram } from './testing.js';

const PROMTOOL = findProgram(['promtool']);
/** What Prometheus 2 and 3 send. */
const PROMETHEUS =
  'application/openmetrics-text;version=1.0.0;q=0.5,application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2';
const TEXT = 'text/plain; version=0.0.4; charset=utf-8';
const OPENMETRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8';

describe('/metrics', () => {
  const bed = new Testbed();
  let exporter: RunningExporter;
  beforeAll(async () => {
    const redis = await bed.redis();
    const [started, client] = await Promise.all([
      startExporterProgram(bed, [`--broker-url=${redis.url}`, ...QUICK]),
      bed.client({ broker: redis, sendSentEvent: true }),
      bed.worker({ broker: redis, name: 'w1' }),
    ]);
    exporter = started;
    await exporter.until('the worker to have answered', (page) => page.value('celery_worker_pool_processes') === 2);
    await client.send([
      { name: 'truth.ok', count: 5 },
      { name: 'truth.fail' },
      { name: 'truth.sleep', args: [300] },
      { name: 'truth.ok', countdown: 300 },
    ]);
    await exporter.until(
      'the tasks to end',
      (page) =>
        page.sum('celery_tasks_total', { state: 'succeeded' }) === 5 &&
        page.sum('celery_tasks_running') === 1 &&
        page.sum('celery_tasks_total', { state: 'failed' }) === 1,
    );
  });
  afterAll(() => bed.close());

  async function ask(
    headers: Readonly<Record<string, string>>,
  ): Promise<{ status: number | undefined; type: string | undefined; encoding: string | undefined; body: Buffer }> {
    const response = await new Promise<IncomingMessage>((resolve, reject) => {
      get(`${exporter.url}/metrics`, { headers }, resolve).on('error', reject);
    });
    const body = await buffer(response);
    return {
      status: response.statusCode,
      type: response.headers['content-type'],
      encoding: response.headers['content-encoding'],
      body,
    };
  }

  it('is text for whoever does not ask for more', async () => {
    for (const accept of [undefined, '*/*', 'text/plain', 'text/html,*/*;q=0.1']) {
      const { status, type, encoding, body } = await ask(accept === undefined ? {} : { accept });
      expect({ status, type, encoding }).toEqual({ status: 200, type: TEXT, encoding: undefined });
      expect(body.toString()).toMatch(/^# TYPE celery_tasks_total counter$/m);
      expect(body.toString()).not.toContain('# EOF');
    }
  });

  it('is OpenMetrics for Prometheus, compressed, and ends with EOF', async () => {
    const { status, type, encoding, body } = await ask({ accept: PROMETHEUS, 'accept-encoding': 'gzip' });
    expect({ status, type, encoding }).toEqual({ status: 200, type: OPENMETRICS, encoding: 'gzip' });
    const text = gunzipSync(body).toString();
    expect(text).toMatch(/\n# EOF\n$/);
    expect(text.match(/# EOF/g)).toHaveLength(1);
    expect(text).toMatch(/^# TYPE celery_tasks counter$/m);
    expect(text).toContain('celery_tasks_total{name="truth.ok",queue="celery",state="succeeded"} 5\n');
  });

  it('is compressed only where that is wished', async () => {
    expect((await ask({ 'accept-encoding': 'gzip;q=0' })).encoding).toBeUndefined();
    expect((await ask({ 'accept-encoding': 'br' })).encoding).toBeUndefined();
    expect((await ask({ 'accept-encoding': 'deflate, gzip' })).encoding).toBe('gzip');
  });

  it('shows every metric of the catalogue with its type, once, each series once, and the same in both formats', async () => {
    const [text, open] = await Promise.all([ask({}), ask({ accept: 'application/openmetrics-text' })]);
    const lines = text.body.toString().split('\n');
    for (const { name, type } of METRIC_CATALOGUE) {
      expect([name, lines.filter((line) => line.startsWith(`# TYPE ${name} `))]).toEqual([
        name,
        [`# TYPE ${name} ${type}`],
      ]);
      expect([name, lines.filter((line) => line.startsWith(`# HELP ${name} `)).length]).toEqual([name, 1]);
    }
    // OpenMetrics writes a bucket's bound as 5.0, text as 5.
    const plain = ({ le, ...labels }: Labels): Labels =>
      le === undefined ? labels : { ...labels, le: String(le === '+Inf' ? le : Number(le)) };
    const seriesOf = (body: Buffer) =>
      readScrape(body.toString())
        .samples.map(({ name, labels }) => `${name}${JSON.stringify(plain(labels))}`)
        .filter((each) => /^(celery|process)_/.test(each));
    const series = seriesOf(text.body);
    expect(new Set(series).size).toBe(series.length);
    expect(new Set(seriesOf(open.body))).toEqual(new Set(series));
  });

  // Debian's package prometheus has it.
  (existsSync(PROMTOOL) ? it : it.skip)('has nothing that promtool finds fault with', async () => {
    const { body } = await ask({});
    const { status, stdout, stderr } = spawnSync(PROMTOOL, ['check', 'metrics'], { input: body, encoding: 'utf8' });
    expect({ status, said: stdout + stderr }).toEqual({ status: 0, said: '' });
  });
});
