// All families of one program, and the page that they make together.
import type { MetricEntry } from '@celery-watch/celery-protocol';
import { checkEntry, takenNames } from './check-entry.js';
import type { ExpositionFormat } from './exposition-format.js';
import type { Family } from './family.js';
import { type Layout, layoutOf, SampleWriter } from './sample-writer.js';

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
    let page = '';
    for (const { family, layouts } of this.#members)
      page += layouts[format].head + this.#samples(family, layouts[format]);
    return format === 'openmetrics' ? `${page}# EOF\n` : page;
  }

  #samples(family: Family, layout: Layout): string {
    const writer = new SampleWriter(layout);
    try {
      family.write(writer);
      return writer.text;
    } catch (error) {
      this.#onError(family.entry, error);
      return '';
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
