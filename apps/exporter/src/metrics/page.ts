// The page that Prometheus reads: our families and those of the process, in either format.
import { METRIC_CATALOGUE } from '@celery-watch/celery-protocol';
import { type ExpositionFormat, type Family, Registry } from '@celery-watch/metrics';
import { collectDefaultMetrics, Registry as ProcessRegistry } from 'prom-client';

export class Page {
  readonly #registry: Registry;
  readonly #process = new ProcessRegistry();
  #turn: Promise<unknown> = Promise.resolve();

  /** @param onError told of a family that could not be written; the rest of the page stands. Throws TypeError where families and catalogue differ. */
  constructor(families: readonly Family[], onError: (metric: string, error: unknown) => void) {
    this.#registry = new Registry({ onError: (entry, error) => { onError(entry.name, error); } });
    this.#registry.add(...families);
    const names = new Set(families.map(({ entry }) => entry.name));
    const missing = METRIC_CATALOGUE.filter(({ name }) => !names.has(name));
    if (missing.length > 0) throw new TypeError(`catalogued metrics without a family: ${missing.map(({ name }) => name).join(', ')}`);
    collectDefaultMetrics({ register: this.#process });
  }

  /** The whole page. It reads memory only. */
  async render(format: ExpositionFormat): Promise<string> {
    return (await this.#renderProcess(format)) + this.#registry.render(format);
  }

  /** prom-client's registry has one content type at a time, so its pages are made one after the other. */
  #renderProcess(format: ExpositionFormat): Promise<string> {
    const page = this.#turn.then(async () => {
      this.#process.setContentType(format === 'text' ? ProcessRegistry.PROMETHEUS_CONTENT_TYPE : (ProcessRegistry.OPENMETRICS_CONTENT_TYPE as never));
      // Between two scrapes in one moment the event loop has no lag to average, which prom-client spells in a way no parser must take.
      return (await this.#process.metrics()).replace(/# EOF\n$/, '').replace(/^.* Nan\n/gm, '');
    });
    this.#turn = page.catch(() => undefined);
    return page.then((text) => (text.endsWith('\n') || text === '' ? text : `${text}\n`));
  }
}
