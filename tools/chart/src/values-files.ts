// Holds the chart's files against each other and against the programs: values, schema, options, versions, memory.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { programOf, REPOSITORY } from '@celery-watch/testbed';
import { parse } from 'yaml';
import { run } from './configured.js';
import { type Deployment, type Manifest, nameOf, ofKind } from './manifest.js';
import type { Program } from './workloads.js';

interface Schema {
  readonly $ref?: string;
  readonly additionalProperties?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
  readonly $defs?: Readonly<Record<string, Schema>>;
}
type Tree = Readonly<Record<string, unknown>>;

const read = (file: string): string => readFileSync(path.join(REPOSITORY, file), 'utf8');
const isTree = (value: unknown): value is Tree => typeof value === 'object' && value !== null && !Array.isArray(value);

export function readSchema(): Schema {
  return JSON.parse(read('charts/celery-watch/values.schema.json')) as Schema;
}
const resolved = (schema: Schema, root: Schema): Schema =>
  schema.$ref === undefined ? schema : (root.$defs?.[schema.$ref.replace('#/$defs/', '')] ?? schema);

/** Helm puts these into the values of a chart that another one stands on. */
const FROM_ABOVE: ReadonlySet<string> = new Set(['global', 'enabled']);

/**
 * Each value has its place in the schema, and each place its value; where the schema leaves keys open nobody is
 * asked.
 */
export function schemaDrift(values: unknown, root: Schema): readonly string[] {
  const look = (value: unknown, given: Schema, at: string): readonly string[] => {
    const schema = resolved(given, root);
    if (!isTree(value) || schema.properties === undefined) return [];
    const own = Object.keys(value);
    const known = Object.keys(schema.properties);
    // An empty map is filled in by users alone.
    const missing =
      own.length === 0 ? [] : known.filter((key) => !own.includes(key) && !(at === '' && FROM_ABOVE.has(key)));
    return [
      ...own.filter((key) => !known.includes(key)).map((key) => `${at}${key} is in values.yaml, not in the schema`),
      ...missing.map((key) => `${at}${key} is in the schema, not in values.yaml`),
      ...(schema.additionalProperties === false ? [] : [`${at || 'the schema'} takes any key`]),
      ...own.flatMap((key) => look(value[key], schema.properties?.[key] ?? {}, `${at}${key}.`)),
    ];
  };
  // What a user of the relay writes has its own rules: half of it stands in nobody's defaults.
  const { relay, ...others } = values as { readonly relay: Tree };
  const relayOthers = Object.fromEntries(Object.entries(relay).filter(([key]) => key !== 'config'));
  const config = (value: string): boolean => !value.startsWith('relay.config') && !value.includes('resources.claims');
  return look({ ...others, relay: relayOthers }, root, '')
    .filter(config)
    .filter(isNoOptionalField);
}

/** Fields of Kubernetes that may be left out in the defaults. */
function isNoOptionalField(problem: string): boolean {
  return !/Probe\.(?:initialDelaySeconds|successThreshold) is in the schema/.test(problem);
}

/** Keys of the configuration file that the schema lets through, against the options that the exporter itself lists. */
export async function optionDrift(root: Schema): Promise<readonly string[]> {
  const { output } = await run(programOf('exporter'), ['--help'], {});
  const flags = [...output.matchAll(/^ +--(?:no-)?([a-z][a-z-]+)/gm)].map(([, flag = '']) => flag.replaceAll('-', '_'));
  const notInFile = ['config', 'help', 'version'];
  // The chart writes these itself.
  const chartsOwn = ['port', 'broker_url', 'web_config_file', 'metrics_token', 'probe_port'];
  const options = new Set(flags.filter((each) => !notInFile.includes(each) && !chartsOwn.includes(each)));
  // In the file only.
  options.add('custom_metrics');
  const exporter = root.properties?.['exporter'];
  const keys = Object.keys(exporter?.properties?.['config']?.properties ?? {});
  const brokers = Object.keys(exporter?.properties?.['brokers']?.items?.properties?.['options']?.properties ?? {});
  return [
    ...keys.filter((key) => !options.has(key)).map((key) => `exporter.config.${key} is no option`),
    ...[...options].filter((key) => !keys.includes(key)).map((key) => `the option ${key} is not in the schema`),
    ...brokers.filter((key) => !options.has(key)).map((key) => `exporter.brokers[].options.${key} is no option`),
  ];
}

/** Keys of the relay's file that the schema lets through, against the table in the relay's guide. */
export function relayKeyDrift(root: Schema): readonly string[] {
  const chapter = /^## 3\..*?(?=^## 4\.)/ms.exec(read('docs/monitoring/ALERT_RELAY_GUIDE.md'))?.[0] ?? '';
  const table = chapter.slice(0, chapter.indexOf('Every channel has'));
  const told = new Set([...table.matchAll(/^\| (?:`([a-z_.]+)`(?:, )?)+/gm)].flatMap(([row]) => topKeysOf(row)));
  // The chart writes these itself, or the place of them.
  const chartsOwn = ['listen', 'auth', 'web_config_file', 'metrics_token', 'metrics_token_file', 'probe_listen'];
  for (const key of chartsOwn) told.delete(key);
  const keys = Object.keys(root.properties?.['relay']?.properties?.['config']?.properties ?? {});
  return [
    ...keys.filter((key) => !told.has(key)).map((key) => `relay.config.${key} is not in the relay's guide`),
    ...[...told].filter((key) => !keys.includes(key)).map((key) => `the relay's key ${key} is not in the schema`),
  ];
}

const topKeysOf = (row: string): readonly string[] =>
  [...row.matchAll(/`([a-z_]+)(?:\.[a-z_.]+)?`/g)].map(([, key = '']) => key);

/** Chart.yaml against package.json. */
export function versionDrift(): readonly string[] {
  const { version } = JSON.parse(read('package.json')) as { readonly version: string };
  const chart = parse(read('charts/celery-watch/Chart.yaml')) as {
    readonly version: string;
    readonly appVersion: string;
  };
  return (['version', 'appVersion'] as const)
    .filter((key) => chart[key] !== version)
    .map((key) => `Chart.yaml: ${key} is ${chart[key]}, and package.json says ${version}`);
}

/** Names, ports and memory, as the Dockerfile and the compose file for production have them. */
export function programsOfImages(): Readonly<Record<string, Program>> {
  const dockerfile = read('docker/Dockerfile');
  const compose = parse(read('docker/docker-compose.prod.yml'), { merge: true }) as {
    readonly services: Readonly<
      Record<
        string,
        {
          readonly image: string;
          readonly deploy: { readonly resources: { readonly limits: { readonly memory: string } } };
        }
      >
    >;
  };
  return Object.fromEntries(
    ['celery-exporter', 'alert-relay'].map((name) => {
      const stage = dockerfile.split(/^FROM .* AS /m).find((each) => each.startsWith(`${name}\n`)) ?? '';
      const service = compose.services[name];
      return [
        name,
        {
          image: service?.image.replace(/:[^/]*$/, '') ?? '',
          port: Number(/^EXPOSE (\d+)/m.exec(stage)?.[1]),
          memory: service?.deploy.resources.limits.memory ?? '',
        },
      ];
    }),
  );
}

/** Limits that are not those of the compose file and the guides. */
export function memoryProblems(manifests: readonly Manifest[]): readonly string[] {
  const programs = programsOfImages();
  return ofKind<Deployment>(manifests, 'Deployment').flatMap((each) => {
    const [container] = each.spec.template.spec.containers;
    const has = container.resources?.limits?.memory;
    const wanted = `${programs[container.name]?.memory ?? ''}i`;
    return has === wanted ? [] : [`${nameOf(each)}: ${has ?? 'none'} and not ${wanted}`];
  });
}
