// What a compose file of ours must keep to; each breach is one sentence.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseCompose } from './merge-compose.js';
import { networkBreaches } from './networks.js';

interface Service {
  readonly image?: string;
  readonly build?: { readonly target?: string };
  readonly restart?: string;
  readonly environment?: Readonly<Record<string, string>>;
  readonly healthcheck?: object;
  readonly logging?: { readonly options?: Readonly<Record<string, string>> };
  readonly security_opt?: readonly string[];
  readonly secrets?: readonly string[];
  readonly configs?: readonly (string | { readonly source: string })[];
  readonly networks?: readonly string[] | Readonly<Record<string, unknown>>;
  readonly volumes?: readonly string[];
  readonly ports?: readonly string[];
  readonly deploy?: {
    readonly resources?: {
      readonly limits?: { readonly cpus?: string; readonly memory?: string; readonly pids?: number };
      readonly reservations?: { readonly memory?: string };
    };
  };
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
}

interface ComposeFile {
  readonly services: Readonly<Record<string, Service>>;
  readonly secrets?: Readonly<Record<string, { readonly file?: string }>>;
  readonly configs?: Readonly<Record<string, { readonly file?: string }>>;
  readonly networks?: Readonly<Record<string, { readonly internal?: boolean } | null>>;
  readonly volumes?: Readonly<Record<string, unknown>>;
}

export interface ComposeRules {
  /** Memory is reserved: for the file that runs in production. */
  readonly production: boolean;
  /** The folder of the compose file, which relative paths start from. */
  readonly folder: string;
  /** Targets of the Dockerfile, and which of them bring a health check. */
  readonly targets: ReadonlyMap<string, { readonly healthCheck: boolean }>;
}

const SECRET_NAME = /password|secret|token|credential/i;
/** Steps of the demo that answer nobody, so that nothing can be asked of them. */
const WITHOUT_ANSWERS = new Set(['customers']);

export function composeBreaches(text: string, rules: ComposeRules): readonly string[] {
  return breachesOf(parseCompose(text), rules);
}

/** @param content a file of ours, or what two of them make together */
export function breachesOf(content: Readonly<Record<string, unknown>>, rules: ComposeRules): readonly string[] {
  const file = content as unknown as ComposeFile;
  const breaches = Object.entries(file.services).flatMap(([name, service]) =>
    serviceBreaches(name, service, file, rules).map((breach) => `${name}: ${breach}`),
  );
  for (const [name, { file: path }] of Object.entries(file.secrets ?? {}))
    if (path === undefined) breaches.push(`the secret ${name} does not come from a file`);
  return [...breaches, ...networkBreaches(file)];
}

function serviceBreaches(
  name: string,
  service: Service,
  file: ComposeFile,
  { production, folder, targets }: ComposeRules,
): readonly string[] {
  const target = service.build?.target;
  const { limits, reservations } = service.deploy?.resources ?? {};
  const checks: readonly (readonly [breach: string, holds: boolean])[] = [
    ['does not start again by itself', service.restart === 'unless-stopped'],
    ['may gain privileges', service.security_opt?.includes('no-new-privileges:true') === true],
    ['has no limit of CPU and memory', limits?.cpus !== undefined && limits.memory !== undefined],
    ['has no limit of processes', limits?.pids !== undefined],
    ['can write to its root', service.read_only === true],
    ['keeps capabilities', service.cap_drop?.includes('ALL') === true],
    ['does not rotate its log', service.logging?.options?.['max-size'] !== undefined],
    [
      'has no health check',
      service.healthcheck !== undefined ||
        (target !== undefined && targets.get(target)?.healthCheck === true) ||
        WITHOUT_ANSWERS.has(name),
    ],
    [`is built from ${target ?? ''}, which the Dockerfile does not have`, target === undefined || targets.has(target)],
    [
      `has an image without a version: ${service.image ?? ''}`,
      service.build !== undefined || /:[\w.-]*\d/.test(service.image ?? ''),
    ],
    [
      'publishes a port to everybody',
      (service.ports ?? []).every(
        (port) => port.startsWith('127.0.0.1:') || port.startsWith('${BIND_ADDRESS:-127.0.0.1}:'),
      ),
    ],
    ['reserves no memory', !production || reservations !== undefined],
  ];
  return [
    ...checks.filter(([, holds]) => !holds).map(([breach]) => breach),
    ...Object.entries(service.environment ?? {})
      .filter(([key, value]) => SECRET_NAME.test(key) && !/_FILE$/.test(key) && !/^(true|false)$/.test(value))
      .map(([key]) => `has a secret in its environment: ${key}`),
    ...(service.secrets ?? [])
      .filter((secret) => file.secrets?.[secret] === undefined)
      .map((secret) => `uses the secret ${secret}, which the file does not name`),
    // Docker Compose writes such a config into the container itself, and refuses to where the root is closed.
    ...(service.configs ?? [])
      .map((config) => (typeof config === 'string' ? config : config.source))
      .filter((config) => file.configs?.[config]?.file === undefined)
      .map((config) => `has the config ${config}, which is no file`),
    ...(service.volumes ?? []).flatMap((volume) => volumeBreaches(volume, file, folder)),
  ];
}

function volumeBreaches(volume: string, file: ComposeFile, folder: string): readonly string[] {
  const [source = '', target, mode] = volume.split(':');
  // A volume without a name, which goes with the container.
  if (source.startsWith('/') && target === undefined) return [];
  if (!source.startsWith('.'))
    return source in (file.volumes ?? {}) ? [] : [`uses the volume ${source}, which the file does not name`];
  return [
    ...(mode === 'ro' ? [] : [`can write to ${source}`]),
    ...(existsSync(join(folder, source)) ? [] : [`mounts ${source}, which does not exist`]),
  ];
}
