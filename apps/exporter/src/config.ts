// From options to the exporter's settings: the one place that reads arguments, environment and file, and refuses what
// does not fit together.
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  isWorldReadable,
  NO_WEB_CONFIG,
  type Problem,
  readWebConfig,
  type Secret,
  secretCautions,
  showDuration,
  type WebConfig,
  worldReadableText,
} from '@celery-watch/service';
import { type BrokerConfig, brokerConfig, type BrokerParts, withoutEffect } from './broker-config.js';
import { clashProblems } from './custom/definition.js';
import type { ActiveDropIn, DropInName } from './dropin/table.js';
import { type Mode, readMode } from './mode.js';

export type { BrokerConfig } from './broker-config.js';

export interface ExporterConfig {
  /** One without a name, or any number of which each has its own. */
  readonly brokers: readonly [BrokerConfig, ...(readonly BrokerConfig[])];
  readonly listen: { readonly host?: string; readonly port: number };
  /** `file`: where it stands, to be read again. */
  readonly web: { readonly file?: string; readonly config: WebConfig };
  /** Lets in whoever shows it. */
  readonly metricsToken?: Secret;
  /** One more, where only probes are answered. */
  readonly probePort?: number;
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
  /** Of the same sources, where it is known already: no file is read twice then. */
  readonly mode?: Mode;
  /** Whether every user of the machine may read a file. */
  readonly othersRead?: (path: string) => boolean;
}

/**
 * The whole configuration, or everything that is wrong with it.
 * @param unique gives a word that no other exporter has
 */
export function readConfig(
  {
    argv,
    env,
    readFile = (path) => readFileSync(path, 'utf8'),
    mode = readMode({ argv, env, readFile }),
    othersRead = isWorldReadable,
  }: ConfigSources,
  unique = (): string => randomBytes(6).toString('hex'),
): ReadConfig {
  // What is wrong by itself hides nothing of what does not fit together.
  const read = mode.readOptions(argv);
  const { values, sources, sections, notice, dropIn, overlooked, placeOf, isRefused } = read;
  const problems: Problem[] = [...read.problems];
  if (values.series_ttl <= values.task_ttl && !isRefused('series_ttl') && !isRefused('task_ttl')) {
    problems.push({
      key: 'series_ttl',
      where: placeOf('series_ttl'),
      value: showDuration(values.series_ttl),
      wanted: `longer than task_ttl, which is ${showDuration(values.task_ttl)}`,
    });
  }
  problems.push(
    ...clashProblems(values.custom_metrics, dropIn?.metrics ?? [], (path) => placeOf('custom_metrics', path)),
  );
  const listed = sections.brokers?.map(({ values: own, key, where, has }): Given => ({
    place: (name) => {
      const common = name === 'name' || name === 'url' || has(name) ? 'default' : placeOf(name);
      return { key: `${key}.${name}`, where: common === 'default' ? where(name) : common };
    },
    isRefused: (name) => isRefused(`${key}.${name}`) || (!has(name) && isRefused(name)),
    parts: { name: own.name, url: own.url, own },
  }));
  if (listed !== undefined && sources.broker_url !== 'default') {
    problems.push({
      key: 'brokers',
      where: `${placeOf('brokers')} beside broker_url (${placeOf('broker_url')})`,
      wanted: 'only one of brokers and broker_url',
      fix: 'remove one',
    });
  }
  const given =
    listed ??
    values.broker_url.map(({ name, url }): Given => ({
      place: (part) => {
        const key = part === 'url' || part === 'name' ? 'broker_url' : part;
        return { key, where: placeOf(sources[key] === 'default' ? 'broker_url' : key) };
      },
      isRefused: (part) => isRefused(part === 'url' || part === 'name' ? 'broker_url' : part),
      parts: { name, url, own: values },
    }));
  const found = given.filter((each) => !each.isRefused('url'));
  const brokers = found.map(({ parts, ...each }) =>
    brokerConfig({ ...parts, ...each, common: values, dropIn, unique: unique() }, problems),
  );
  problems.push(...sharedNames(given), ...sharedSources(found, brokers));
  const webFile = values.web_config_file || undefined;
  const web =
    webFile === undefined
      ? undefined
      : readWebConfig({ file: webFile, givenAt: placeOf('web_config_file'), readFile }).result;
  if (web?.ok === false) problems.push(...web.problems);
  const webSecrets = web?.ok === true ? web.secretFiles.filter(othersRead).map(worldReadableText) : [];
  if (problems.length > 0) return { ok: false, problems: withoutTwins(problems) };
  return {
    ok: true,
    notices: [
      ...(notice === undefined ? [] : [`variables: ${notice}`]),
      ...(overlooked === undefined ? [] : [overlooked]),
      ...secretCautions(read.secrets, { isWorldReadable: othersRead, text: worldReadableText }),
      ...(web?.ok === true ? web.notices : []),
      ...webSecrets,
      ...(dropIn?.notices ?? []),
      ...withoutEffect(brokers),
    ],
    config: Object.freeze({
      // Neither reader gives an empty list.
      brokers: brokers as [BrokerConfig, ...BrokerConfig[]],
      listen: { ...(values.host !== undefined && { host: values.host }), port: values.port },
      web: { ...(webFile !== undefined && { file: webFile }), config: web?.ok === true ? web.config : NO_WEB_CONFIG },
      ...(values.metrics_token !== undefined && { metricsToken: values.metrics_token }),
      ...(values.probe_port !== undefined && { probePort: values.probe_port }),
      ...(dropIn && { dropIn }),
      logLevel: values.log_level,
    }),
  };
}

/** A broker as it was given, and how its keys are called there. */
interface Given {
  readonly place: (key: Parameters<BrokerParts['place']>[0] | 'name' | 'url') => Pick<Problem, 'key' | 'where'>;
  readonly isRefused: (key: Parameters<BrokerParts['place']>[0] | 'name' | 'url') => boolean;
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
  // What was refused may stand for anything.
  const sources = brokers.map(({ place, settings }, index) => {
    const is = given[index]?.isRefused ?? ((): boolean => false);
    return is('event_exchange') || is('broker_transport_options') ? [] : place.sources(settings);
  });
  return given.flatMap(({ place, parts: { name } }, index) => {
    const first = sources.findIndex((others) => others.some((source) => sources[index]?.includes(source)));
    if (first < 0 || first === index) return [];
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
