// Metrics of the user's own: the guide's examples, run as they stand there, against what the tasks themselves wrote
// down.
import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { findProgram, MONITORING, Testbed, waitFor } from '@celery-watch/testbed';
import { configurationOf, type Note, readChapter, Shop } from './custom-guide.js';
import { QUICK, runExporterProgram, startExporterProgram } from './testing.js';

const chapter = readChapter('CELERY_MONITORING_GUIDE.md');
const SOURCES = ['crm:40', 'files:7', 'crm:300', 'shop:2000'];

function count(notes: readonly Note[], what: Note['what'], source?: string): number {
  return notes.filter((each) => each.what === what && (source === undefined || each.source === source)).length;
}

describe('the metrics of the guide', () => {
  it('are the same in both languages, with five entries and seven queries', () => {
    const chinese = readChapter('CELERY_MONITORING_GUIDE.zh-CN.md');
    expect(chinese).toEqual(chapter);
    expect([chapter.python.length, chapter.yaml.length, chapter.queries.length]).toEqual([1, 3, 7]);
  });

  it.concurrent.each([
    ['prefork', 'redis'],
    ['threads', 'redis'],
    ['gevent', 'redis'],
    ['prefork', 'rabbitmq'],
  ] as const)(
    'equal what the tasks of a worker with the pool %s on %s did, and the queries find them',
    async (pool, transport) => {
      await using bed = new Testbed();
      const broker = await bed[transport]();
      const shop = await Shop.layOut(join(bed.folder, 'shop'), chapter);
      const config = join(bed.folder, 'exporter.yml');
      await writeFile(config, configurationOf(chapter));
      const exporter = await startExporterProgram(bed, [`--broker-url=${broker.url}`, `--config=${config}`, ...QUICK]);
      const [client, prometheus] = await Promise.all([
        bed.client({ broker, sendSentEvent: true }),
        bed.prometheus({
          config: `
global: {scrape_interval: 1s}
scrape_configs: [{job_name: exporter, static_configs: [{targets: ['${new URL(exporter.url).host}']}]}]
`,
        }),
        bed.worker({
          broker,
          pool,
          concurrency: 4,
          env: shop.env,
          settings: { imports: ['myapp.tasks'] },
        }),
      ]);

      await client.send([
        { name: 'myapp.tasks.rebuild_index', count: 2 },
        ...SOURCES.map((source) => ({ name: 'myapp.tasks.import_rows', args: [source] })),
        { name: 'myapp.tasks.price_orders', args: [[1, 2, 3, 4, 5]], count: 20 },
      ]);
      const task = 'myapp.tasks.rebuild_index';
      // Not by the tasks' own events: of those a worker with threads loses some (docs/protocol/events.md#batches).
      await exporter.until(
        'two rebuilds to wait before their last product, and the rest to be done',
        (page) =>
          page.value('myapp_index_products_done', { task }) === 800 &&
          page.value('myapp_index_products', { task }) === 1000 &&
          page.value('myapp_import_rows_count') === SOURCES.length &&
          page.sum('myapp_price_lookups_total') === 100,
      );
      const found = async (query: string): Promise<number> => (await prometheus.instant(query)).length;
      // What asks for a day without imports, for a rate of progress, and for faults, finds none here.
      const queries = chapter.queries.filter((query) => !/== 0|deriv|skipped/.test(query));
      expect(queries).toHaveLength(4);
      for (const query of queries) await waitFor(async () => (await found(query)) > 0, { within: 30_000, what: query });
      for (const query of chapter.queries) await found(query);

      await shop.go();
      const page = await exporter.until(
        'the rebuilds to end and to leave nothing behind',
        (now) => now.series('myapp_index_products_done').length + now.series('myapp_index_products').length === 0,
      );
      const notes = shop.notes();
      expect(count(notes, 'indexed')).toBe(1000);
      for (const source of SOURCES) {
        const value = page.value('myapp_rows_imported_total', { source, queue: 'celery' });
        expect([source, value]).toEqual([source, count(notes, 'saved', source)]);
      }
      expect(page.value('myapp_import_rows_count')).toBe(SOURCES.length);
      expect(page.value('myapp_import_rows_sum')).toBe(count(notes, 'saved'));
      expect(page.value('myapp_price_lookups_total', { result: 'hit' })).toBe(count(notes, 'hit'));
      expect(page.value('myapp_price_lookups_total', { result: 'miss' })).toBe(count(notes, 'miss'));
      expect(page.sum('celery_exporter_custom_events_skipped_total')).toBe(0);

      const text = await (await fetch(`${exporter.url}/metrics`)).text();
      const { status, stdout, stderr } = spawnSync(findProgram(['promtool']), ['check', 'metrics'], {
        input: text,
        encoding: 'utf8',
      });
      expect({ status, said: stdout + stderr }).toEqual({ status: 0, said: '' });
      const landing = await (await fetch(exporter.url)).text();
      expect(landing.replaceAll('<wbr>', '')).toContain('myapp_rows_imported_total');
    },
  );

  it.concurrent(
    'have an example in the configuration file that ships, which is good once it is no comment',
    async () => {
      await using bed = new Testbed();
      const shipped = readFileSync(join(MONITORING, 'celery_exporter.yml'), 'utf8');
      const [example = ''] = /^# custom_metrics:\n(?:# {3,}.*\n)+/m.exec(shipped) ?? [];
      const file = join(bed.folder, 'example.yml');
      await writeFile(file, example.replace(/^# /gm, ''));
      expect(await runExporterProgram(bed, ['check-config', `--config=${file}`])).toMatchObject({ code: 0 });
      await writeFile(file, example.replace(/^# /gm, '').replace('_total', ''));
      expect(await runExporterProgram(bed, ['check-config', `--config=${file}`])).toMatchObject({
        code: 1,
        output: expect.stringMatching(/custom_metrics\[0\]\.name: .*example\.yml:3 is "myapp_rows_imported"/),
      });
    },
  );

  it.concurrent('know a task by its name that ran before the exporter came', async () => {
    await using bed = new Testbed();
    const redis = await bed.redis();
    const shop = await Shop.layOut(join(bed.folder, 'shop'), chapter);
    await writeFile(
      join(shop.folder, 'myapp/long.py'),
      'import os, time\nfrom celery import shared_task\n\n\n@shared_task(bind=True)\ndef tell(self):\n' +
        '    open(os.environ["SHOP_NOTES"] + ".told", "w").close()\n    for n in range(3000):\n        self.send_event("told", n=n)\n        time.sleep(0.05)\n',
    );
    const config = join(bed.folder, 'exporter.yml');
    await writeFile(
      config,
      'custom_metrics:\n  - {event: told, name: my_n, type: gauge, help: N., value: n, labels: [$task, $queue], combine: sum}\n',
    );
    await bed.worker({ broker: redis, pool: 'prefork', env: shop.env, settings: { imports: ['myapp.long'] } });
    await bed.send(redis, { name: 'myapp.long.tell' });
    await waitFor(() => existsSync(`${shop.env['SHOP_NOTES'] ?? ''}.told`), {
      within: 20_000,
      what: 'the task to run',
    });
    const exporter = await startExporterProgram(bed, [`--broker-url=${redis.url}`, `--config=${config}`, ...QUICK]);
    const page = await exporter.until('a word of the task', (now) => now.series('my_n').length > 0);
    expect(page.series('my_n')).toEqual([
      expect.objectContaining({ labels: { task: 'myapp.long.tell', queue: 'celery' } }),
    ]);
    expect(page.sum('celery_tasks_total')).toBe(0);
  });

  it.concurrent('count from a worker whose task events are off and stay off', async () => {
    await using bed = new Testbed();
    const redis = await bed.redis();
    const shop = await Shop.layOut(join(bed.folder, 'shop'), chapter);
    const config = join(bed.folder, 'exporter.yml');
    await writeFile(config, configurationOf(chapter));
    const flags = [`--broker-url=${redis.url}`, `--config=${config}`, '--no-enable-events', ...QUICK];
    const exporter = await startExporterProgram(bed, flags);
    await bed.worker({ broker: redis, events: false, env: shop.env, settings: { imports: ['myapp.tasks'] } });
    await bed.send(redis, { name: 'myapp.tasks.import_rows', args: ['crm:5'], count: 3 });
    const page = await exporter.until(
      'the rows to be counted under what is known of their tasks',
      (now) => now.value('myapp_rows_imported_total', { source: 'crm:5', queue: 'unknown' }) === 15,
    );
    expect(page.sum('celery_tasks_total')).toBe(0);
    expect(count(shop.notes(), 'saved')).toBe(15);
  });
});
