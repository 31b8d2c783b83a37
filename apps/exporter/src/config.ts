// From options to the exporter's settings: the one place that reads arguments, environment and file, and refuses what
// does not fit together.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type Problem, showDuration } from '@celery-watch/service';
import { type BrokerConfig, brokerConfig, type BrokerParts, withoutEffect } from './broker-config.js';
import { clashProblems } from './custom/definition.js';
import type { ActiveDropIn, DropInName } from './dropin/table.js';
import { readMode } from './mode.js';

export type { BrokerConfig } from './broker-config.js';

export interface ExporterConfig {
  /** One without a name, or any number of which each has its own. */
  readonly brokers: readonly [BrokerConfig, ...(readonly BrokerConfig[])];
  readonly listen: { readonly host?: string; readonly port: number };
  /** The exporter in whose place this one stands. */
  readonly dropIn?: ActiveDropIn & { readonly name: DropInName };
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
}

export type ReadConfig =
  | { readonly ok: true; readonly config: ExporterConfig; readonly notices: readonly string[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

export interface ConfigSources {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Gives the text of a file, or throws. */
  readonly readFile?: (path: string) => string;
}

/**
 * The whole configuration, or everything that is wrong with it.
 * @param unique gives a word that no other exporter has
 */
export function readConfig(
  { argv, env, readFile = (path) => readFileSync(path, 'utf8') }: ConfigSources,
  unique = (): string => randomBytes(6).toString('hex'),
): ReadConfig {
  const read = readMode({ argv, env, readFile }).readOptions();
  if (!read.ok) return read;
  const { values, sources, sections, notice, dropIn, overlooked } = read;
  const problems: Problem[] = [];
  if (values.series_ttl <= values.task_ttl) {
    problems.push({
      key: 'series_ttl',
      where: sources.series_ttl,
      value: showDuration(values.series_ttl),
      wanted: `longer than task_ttl, which is ${showDuration(values.task_ttl)}`,
    });
  }
  problems.push(
    ...clashProblems(values.custom_metrics, dropIn?.metrics ?? [], (path) => read.placeOf('custom_metrics', path)),
  );
  const listed = sections.brokers?.map(({ values: own, key, where }): Given => ({
    place: (name) => ({ key: `${key}.${name}`, where: where(name) }),
    parts: { name: own.name, url: own.url, own },
  }));
  if (listed !== undefined && sources.broker_url !== 'default') {
    problems.push({
      key: 'brokers',
      where: `beside broker_url (${sources.broker_url})`,
      wanted: 'only one of brokers and broker_url',
      fix: 'remove one',
    });
  }
  const given =
    listed ??
    values.broker_url.map(({ name, url }): Given => ({
      place: (part) => {
        const key = part === 'url' || part === 'name' ? 'broker_url' : part;
        return { key, where: sources[key] };
      },
      parts: { name, url, own: values },
    }));
  const brokers = given.map(({ place, parts }) =>
    brokerConfig({ ...parts, common: values, dropIn, place, unique: unique() }, problems),
  );
  problems.push(...sharedNames(given), ...sharedSources(given, brokers));
  if (problems.length > 0) return { ok: false, problems: withoutTwins(problems) };
  return {
    ok: true,
    notices: [
      ...(notice === undefined ? [] : [`variables: ${notice}`]),
      ...(overlooked === undefined ? [] : [overlooked]),
      ...(dropIn?.notices ?? []),
      ...withoutEffect(brokers),
    ],
    config: Object.freeze({
      // Neither reader gives an empty list.
      brokers: brokers as [BrokerConfig, ...BrokerConfig[]],
      listen: { ...(values.host !== undefined && { host: values.host }), port: values.port },
      ...(dropIn && { dropIn }),
      logLevel: values.log_level,
    }),
  };
}

/** A broker as it was given, and how its keys are called there. */
interface Given {
  readonly place: (key: Parameters<BrokerParts['place']>[0] | 'name' | 'url') => Pick<Problem, 'key' | 'where'>;
  readonly parts: Pick<BrokerParts, 'name' | 'url' | 'own'>;
}

function sharedNames(given: readonly Given[]): Problem[] {
  const names = given.map(({ parts }) => parts.name);
  return given.flatMap(({ place, parts: { name } }, index) => {
    const first = given[names.indexOf(name)] as Given;
    if (first === given[index] || name === undefined) return [];
    return [{ ...place('name'), value: name, wanted: `a name of its own: ${first.place('name').key} is the same` }];
  });
}

/** Two of the same place would count everything twice. */
function sharedSources(given: readonly Given[], brokers: readonly BrokerConfig[]): Problem[] {
  const sources = brokers.map((broker) => broker.place.sources(broker.settings));
  return given.flatMap(({ place, parts: { name } }, index) => {
    const first = sources.findIndex((others) => others.some((source) => sources[index]?.includes(source)));
    if (first === index) return [];
    const wanted =
      `another place for ${name ?? ''} than for ${given[first]?.parts.name ?? ''}: on the same server and in the same ` +
      'database or virtual host, with the same event_exchange and global_keyprefix, everything would be counted twice';
    return [{ ...place('url'), wanted }];
  });
}

/** What several brokers have from the same option is wrong once. */
function withoutTwins(problems: readonly Problem[]): readonly Problem[] {
  const texts = problems.map((problem) => JSON.stringify(problem));
  return problems.filter((_, index) => texts.indexOf(texts[index] as string) === index);
}

/** What `check-config` says of the brokers, without a secret: a line for each. */
export function brokersText(brokers: ExporterConfig['brokers']): string {
  const longest = Math.max(...brokers.map(({ name = '' }) => name.length));
  const lines = brokers.map(({ name, place: { shownUrl } }) =>
    name === undefined ? `Broker: ${shownUrl}` : `Broker ${name.padEnd(longest)}: ${shownUrl}`,
  );
  return `${lines.join('\n')}\n`;
}
