// The page that Prometheus reads: a program's own families and those of its process, in either format.
import type { MetricEntry } from '@celery-watch/celery-protocol';
import { collectDefaultMetrics, Registry as ProcessRegistry } from 'prom-client';
import type { ExpositionFormat } from './exposition-format.js';
import type { Family, Samples } from './family.js';
import { checkEntry, takenNames } from './check-entry.js';
import { type Layout, layoutOf, SampleWriter } from './sample-writer.js';

/** Gauges with a counter's name, which promtool refuses; the same without `_total` tell more. */
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
] as const;

/** What the page may take of the process at a stretch. */
const LONG_MS = 10;

export class Page {
  readonly #registry: Registry;
  readonly #process = new ProcessRegistry();

  /**
   * @param catalogue every metric that the program promises
   * @param onError told of a family that could not be written; the rest of the page stands. Throws TypeError where a
   *   catalogued metric has no family.
   */
  constructor(
    families: readonly Family[],
    catalogue: readonly MetricEntry[],
    onError: (metric: string, error: unknown) => void,
  ) {
    this.#registry = new Registry({
      onError: (entry, error) => {
        onError(entry.name, error);
      },
    });
    this.#registry.add(...families);
    const names = new Set(families.map(({ entry }) => entry.name));
    const missing = catalogue.filter(({ name }) => !names.has(name));
    if (missing.length > 0)
      throw new TypeError(`catalogued metrics without a family: ${missing.map(({ name }) => name).join(', ')}`);
    collectDefaultMetrics({ register: this.#process });
    for (const name of MISNAMED) this.#process.removeSingleMetric(name);
  }

  /**
   * The page in pieces, each made once it is asked for. It reads memory only. Between two families that took long
   * whatever else waits gets its turn, so such a page does not show one moment.
   */
  async *pieces(format: ExpositionFormat): AsyncGenerator<Buffer, void, undefined> {
    yield Buffer.from(await this.#renderProcess(format));
    let since = performance.now();
    for (const piece of this.#registry.pieces(format)) {
      yield* piece;
      if (performance.now() - since < LONG_MS) continue;
      await new Promise(setImmediate);
      since = performance.now();
    }
  }

  /** The whole page. */
  async render(format: ExpositionFormat): Promise<readonly Buffer[]> {
    const all: Buffer[] = [];
    for await (const piece of this.pieces(format)) all.push(piece);
    return all;
  }

  /**
   * Always as text: asked for OpenMetrics, prom-client renames its counters for good, and the next text page has them
   * without `_total`.
   */
  async #renderProcess(format: ExpositionFormat): Promise<string> {
    // Between two scrapes in one moment the event loop has no lag to average, which prom-client spells in a way no
    // parser must take.
    const text = (await this.#process.metrics()).replace(/^.* Nan\n/gm, '').replace(/\n{2,}/g, '\n');
    // In OpenMetrics a counter's samples have the suffix, and its family has not.
    return format === 'text' ? text : text.replace(/^# (HELP|TYPE) (\w+)_total /gm, '# $1 $2 ');
  }
}

export interface RegistryOptions {
  /** Called when a family threw while it wrote its samples, which are then missing from that page. Must not throw. */
  readonly onError: (entry: MetricEntry, error: unknown) => void;
}

interface Member {
  readonly family: Family;
  readonly layouts: Readonly<Record<ExpositionFormat, Layout>>;
}

export class Registry {
  readonly #onError: RegistryOptions['onError'];
  readonly #members: Member[] = [];
  readonly #ownerOfName = new Map<string, string>();

  constructor({ onError }: RegistryOptions) {
    this.#onError = onError;
  }

  /**
   * Adds families to the end of the page. Throws an Error that names the metric if its entry is not valid, if the
   * metric is already there, or if a sample name of it belongs to another metric in one of the formats.
   */
  add(...families: readonly Family[]): void {
    for (const family of families) {
      checkEntry(family.entry);
      this.#take(family.entry);
      this.#members.push({
        family,
        layouts: { text: layoutOf(family.entry, 'text'), openmetrics: layoutOf(family.entry, 'openmetrics') },
      });
    }
  }

  /**
   * The page: for each family, in the order of adding, HELP, TYPE and its samples. Send it with the format's
   * `CONTENT_TYPES`.
   */
  render(format: ExpositionFormat): string {
    return Buffer.concat([...this.pieces(format)].flat()).toString();
  }

  /** The same, one family after the other, and its parts one by one. */
  *pieces(format: ExpositionFormat): Generator<readonly Buffer[], void, undefined> {
    for (const { family, layouts } of this.#members) {
      yield [Buffer.from(layouts[format].head)];
      const parts = family.parts ?? [
        (out: Samples): void => {
          family.write(out);
        },
      ];
      for (const part of parts) yield this.#samples(family.entry, part, layouts[format]);
    }
    if (format === 'openmetrics') yield [Buffer.from('# EOF\n')];
  }

  #samples(entry: MetricEntry, write: Family['write'], layout: Layout): readonly Buffer[] {
    const writer = new SampleWriter(layout);
    try {
      write(writer);
      return writer.take();
    } catch (error) {
      this.#onError(entry, error);
      return [];
    }
  }

  #take(entry: MetricEntry): void {
    const names = takenNames(entry);
    for (const name of names) {
      const owner = this.#ownerOfName.get(name);
      if (owner === entry.name) throw new Error(`metric ${entry.name} is already in the registry`);
      if (owner !== undefined)
        throw new Error(`metric ${entry.name} cannot stand beside ${owner}: both use the name ${name}`);
    }
    for (const name of names) this.#ownerOfName.set(name, entry.name);
  }
}
