// Makes one page of what several brokers say: each metric once, with the label `broker` before those that it has.
import type { MetricEntry } from '@celery-watch/celery-protocol';
import { type Family, labelText, type Samples } from '@celery-watch/metrics';

export interface BrokerFamilies {
  /** Undefined for the only broker: its metrics have no such label. */
  readonly name: string | undefined;
  readonly families: readonly Family[];
}

const LABEL = 'broker';

/** The families of all brokers; those of one without a name as they are. */
export function joinBrokers(brokers: readonly BrokerFamilies[]): readonly Family[] {
  const [only] = brokers;
  if (brokers.length === 1 && only?.name === undefined) return only?.families ?? [];
  const joined = new Map<string, { readonly entry: MetricEntry; readonly parts: ((out: Samples) => void)[] }>();
  for (const { name = '', families } of brokers) {
    for (const family of families) {
      const { entry } = family;
      const metric = joined.get(entry.name) ?? { entry: { ...entry, labels: [LABEL, ...entry.labels] }, parts: [] };
      joined.set(entry.name, metric);
      metric.parts.push((out) => {
        family.write(new OfBroker(out, name));
      });
    }
  }
  return [...joined.values()].map(({ entry, parts }) => ({
    entry,
    parts,
    write: (out) => {
      for (const part of parts) part(out);
    },
  }));
}

/** Hands samples on with the broker's name before their labels. */
class OfBroker implements Samples {
  readonly #out: Samples;
  readonly #alone: string;
  readonly #before: string;

  constructor(out: Samples, name: string) {
    this.#out = out;
    this.#alone = labelText(NAMED, [name]);
    this.#before = `${this.#alone},`;
  }

  add: Samples['add'] = (labels, value) => {
    this.#out.add(this.#with(labels), value);
  };

  histogram: Samples['histogram'] = (labels, value) => {
    this.#out.histogram(this.#with(labels), value);
  };

  #with(labels: string): string {
    return labels === '' ? this.#alone : this.#before + labels;
  }
}

/** Only lends its label. */
const NAMED: MetricEntry<typeof LABEL> = { name: LABEL, type: 'gauge', help: '', labels: [LABEL] };
