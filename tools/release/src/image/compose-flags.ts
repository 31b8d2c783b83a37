// Reads a service of a compose file of ours as the flags of `podman run`, so that a trial runs what is shipped.
import path from 'node:path';
import { parse } from 'yaml';

export interface Service {
  readonly environment?: Readonly<Record<string, string>>;
  readonly volumes?: readonly string[];
  readonly secrets?: readonly string[];
  readonly read_only?: boolean;
  readonly cap_drop?: readonly string[];
  readonly security_opt?: readonly string[];
  readonly tmpfs?: readonly string[];
  readonly deploy?: {
    readonly resources?: {
      readonly limits?: { readonly cpus?: string; readonly memory?: string; readonly pids?: number };
    };
  };
}

export interface FlagParts {
  /** The folder of the compose file, which relative paths start from. */
  readonly folder: string;
  /** Files of secrets, by their names. */
  readonly secrets: Readonly<Record<string, string>>;
  /** Variables that take the place of the file's. */
  readonly environment: Readonly<Record<string, string>>;
}

/** What the file says of a service, what is merged into it included. */
export function serviceOf(text: string, name: string): Service {
  const { services } = parse(text, { merge: true }) as { readonly services: Readonly<Record<string, Service>> };
  const service = services[name];
  if (service === undefined) throw new Error(`the compose file has no service ${name}`);
  return service;
}

export function flagsOf(service: Service, { folder, secrets, environment }: FlagParts): readonly string[] {
  const { cpus, memory, pids } = service.deploy?.resources?.limits ?? {};
  return [
    ...(service.read_only === true ? ['--read-only', '--read-only-tmpfs=false'] : []),
    ...(service.cap_drop ?? []).map((capability) => `--cap-drop=${capability}`),
    ...(service.security_opt ?? []).map((option) => `--security-opt=${option.replace(/:true$/, '')}`),
    ...(service.tmpfs ?? []).map((mount) => `--tmpfs=${mount}`),
    ...(cpus === undefined ? [] : [`--cpus=${cpus}`]),
    ...(memory === undefined ? [] : [`--memory=${memory.toLowerCase()}`, `--memory-swap=${memory.toLowerCase()}`]),
    ...(pids === undefined ? [] : [`--pids-limit=${String(pids)}`]),
    ...Object.entries({ ...withDefaults(service.environment ?? {}), ...environment }).map(
      ([key, value]) => `--env=${key}=${value}`,
    ),
    ...(service.volumes ?? []).map((volume) => `--volume=${fromFolder(volume, folder)}`),
    ...(service.secrets ?? []).map((name) => `--volume=${secretFile(name, secrets)}:/run/secrets/${name}:ro`),
  ];
}

/** `${LOCALE:-en}` is what it is without that variable. */
function withDefaults(environment: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  const plain = ([key, value]: readonly [string, string]): [string, string] => [
    key,
    value.replaceAll(/\$\{\w+:-([^}]*)\}/g, '$1'),
  ];
  return Object.fromEntries(Object.entries(environment).map(plain));
}

function fromFolder(volume: string, folder: string): string {
  return volume.startsWith('.') ? volume.replace(/^[^:]+/, (source) => path.resolve(folder, source)) : volume;
}

function secretFile(name: string, files: Readonly<Record<string, string>>): string {
  const file = files[name];
  if (file === undefined) throw new Error(`the trial has no secret ${name}`);
  return file;
}
