// The page that Prometheus reads: a program's own families and those of its process, in either format.
import type { MetricEntry } from '@celery-watch/celery-protocol';
import { collectDefaultMetrics, Registry as ProcessRegistry } from 'prom-client';
import type { ExpositionFormat } from './exposition-format.js';
import type { Family } from './family.js';
import { Registry } from './registry.js';

/** Gauges with a counter's name, which promtool refuses; the same without `_total` tell more. */
const MISNAMED = [
  'nodejs_active_handles_total',
  'nodejs_active_requests_total',
  'nodejs_active_resources_total',
] as const;

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

  /** The whole page. It reads memory only. */
  async render(format: ExpositionFormat): Promise<string> {
    return (await this.#renderProcess(format)) + this.#registry.render(format);
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
