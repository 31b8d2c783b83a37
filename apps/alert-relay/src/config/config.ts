// The relay's configuration: one file, read in one go into a typed, frozen value, or refused with everything that is
// wrong with it.
import { createHash } from 'node:crypto';
import path from 'node:path';
import {
  aliasProblems,
  didYouMean,
  isRecord,
  parseYamlFile,
  isLoopback,
  NO_WEB_CONFIG,
  problemsOf,
  readWebConfig,
  Secret,
  shownName,
  shownText,
  shownValue,
  showPath,
  worldReadableText,
} from '@celery-watch/service';
import type { KeyPath, Parsed, Problem, WebConfig, YamlFile } from '@celery-watch/service';
import type { Budget } from '../channels/channel.js';
import { CHANNEL_TYPES, type ChannelTypeName } from '../channels/table.js';
import type { Route } from '../route/route.js';
import { asList } from '../settings/fields.js';
import type { Locale } from '../settings/locale.js';
import { filesOf } from '../settings/postgres-url.js';
import type { Links } from '../settings/links.js';
import type { StorePlace } from '../settings/store-place.js';
import { expand, UNREADABLE } from './expand.js';
import { buildRoute, type Report } from './routes.js';
import { COMMON_CHANNEL_KEYS, commonChannel, DEFAULT_STORE, fileSchema, type FileShape } from './schema.js';

export { DEFAULT_WATCHDOG } from './schema.js';

export interface ChannelConfig {
  readonly name: string;
  readonly type: ChannelTypeName;
  readonly locale: Locale;
  readonly timezone: string;
  readonly templates: string | undefined;
  /** The same for every channel. */
  readonly links: Links;
  readonly budget: Budget;
  readonly maxParts: number;
  readonly timeoutMs: number;
  /** What `CHANNEL_TYPES[type].settings` made of the entry. */
  readonly settings: unknown;
  /** Equal where nothing of the entry has changed, secrets included: a reload leaves such a channel alone. */
  readonly version: string;
}

export type Auth =
  | { readonly kind: 'none' }
  | { readonly kind: 'bearer'; readonly token: Secret }
  | { readonly kind: 'basic'; readonly username: string; readonly password: Secret };

export interface RelayConfig {
  readonly listen: { readonly host: string | undefined; readonly port: number };
  readonly auth: Auth;
  /** `file`: where it stands, to be read again. */
  readonly web: { readonly file?: string; readonly config: WebConfig };
  /** Lets in whoever only reads the metrics. */
  readonly metricsToken: Secret | undefined;
  /** One more, where only probes are answered. */
  readonly probeListen: RelayConfig['listen'] | undefined;
  readonly storage: { readonly place: StorePlace; readonly retentionMs: number };
  readonly channels: readonly ChannelConfig[];
  readonly route: Route;
  readonly fallback: string | undefined;
  readonly watchdog:
    { readonly alertname: string; readonly timeoutMs: number; readonly channels: readonly string[] } | undefined;
  readonly dedup: { readonly windowMs: number; readonly longestMs: number };
  readonly delivery: { readonly horizonMs: number };
  readonly limits: { readonly bodyBytes: number; readonly connections: number };
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
}

export type ReadConfig =
  | { readonly ok: true; readonly config: RelayConfig; readonly notices: readonly string[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

export interface ConfigSources {
  /** The file's path; its folder is where relative paths begin. */
  readonly file: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly readFile: (path: string) => string;
  /** Takes the place of the file's `listen` port. */
  readonly port?: number;
  /** Takes the place of the file's `web_config_file`; begins where the program was started. */
  readonly webConfigFile?: string;
  /** Whether every user of the machine may read a file; absent: nobody looks. */
  readonly othersRead?: (path: string) => boolean;
}

/** Reads and checks the file. Never throws. */
export function readConfig({
  file,
  env,
  readFile,
  port,
  webConfigFile,
  othersRead = () => false,
}: ConfigSources): ReadConfig {
  let text: string;
  try {
    text = readFile(file);
  } catch (error) {
    return {
      ok: false,
      problems: [
        {
          key: 'config',
          where: shownValue(file),
          wanted: 'a configuration file',
          fix: `${(error as NodeJS.ErrnoException).code ?? (error as Error).message}: give its path with --config`,
        },
      ],
    };
  }
  const yamlFile = parseYamlFile(text, path.basename(file), { columns: true });
  const { document, positions } = yamlFile;
  const faults = [...yamlFile.problems, ...(yamlFile.isBroken ? [] : aliasProblems(yamlFile))];
  if (faults.length > 0) return { ok: false, problems: faults.map((fault) => ({ ...fault, key: 'YAML' })) };
  const problems: Problem[] = [];
  const problem: Report = (at, wanted, fix) =>
    void problems.push({ key: showPath(at), where: positions.of(at), wanted, ...(fix !== undefined && { fix }) });
  const folder = path.dirname(file);
  const value = plainValue(document);
  if (value === undefined) {
    const wanted = 'values whose aliases do not multiply to more than can be read';
    return { ok: false, problems: [{ key: 'YAML', where: path.basename(file), wanted }] };
  }
  const secretFiles = new Set<string>();
  const fromFiles = new Set<string>();
  const resolve = (name: string): string => path.resolve(folder, name);
  const raw = expand(value, {
    env,
    readFile: (name) => readFile(resolve(name)),
    resolve,
    problem,
    secretFile: (name) => void secretFiles.add(name),
    cameFromFile: (at) => void fromFiles.add(showPath(at)),
  });
  const parsed = { raw, positions, reported: UNREADABLE };
  const shape = fileSchema.safeParse(raw);
  if (!shape.success) problems.push(...problemsOf(shape.error, { ...parsed, known: Object.keys(fileSchema.shape) }));
  const channels = readChannels(parsed, { folder, problems, defaults: shape.data });
  const names = namesOf(raw);
  const route = buildRoute(raw, names, problem);
  checkReferences(raw, names, problem);
  const named = isRecord(raw) ? raw['web_config_file'] : undefined;
  const webFile = webConfigFile ?? (typeof named === 'string' && named !== '' ? named : undefined);
  const web =
    webFile === undefined
      ? undefined
      : readWebConfig({
          file: webFile,
          readFile,
          ...(webConfigFile === undefined && { givenAt: positions.of(['web_config_file']) }),
        }).result;
  if (web?.ok === false) problems.push(...web.problems);
  if (web?.ok !== true || web.config.users.length === 0) checkAuth(raw, problem);
  if (shape.success && shape.data.storage.path !== undefined && shape.data.storage.url !== undefined)
    problem(['storage', 'path'], 'path (a file of this relay alone) or url (a database for several), not both');
  if (shape.success && shape.data.dedup.longest < shape.data.dedup.window)
    problem(['dedup', 'longest'], 'a time that is not shorter than dedup.window');
  if (shape.success && shape.data.storage.url !== undefined)
    checkDatabaseFiles(shape.data.storage.url, readFile, problem);
  if (!shape.success || problems.length > 0)
    return { ok: false, problems: sorted(problems.map((each) => underItsFile(each, fromFiles))) };
  const config = deepFreeze({
    ...configOf(shape.data, channels, route, folder, port),
    web: { ...(webFile !== undefined && { file: webFile }), config: web?.ok === true ? web.config : NO_WEB_CONFIG },
  });
  if (web?.ok === true) for (const name of web.secretFiles) secretFiles.add(name);
  if (secretsIn(config).some((secret) => text.includes(secret))) secretFiles.add(file);
  const said = web?.ok === true ? web.notices : [];
  return { ok: true, config, notices: [...said, ...[...secretFiles].filter(othersRead).map(worldReadableText)] };
}

/** Undefined where aliases multiply beyond what the YAML reader allows. */
function plainValue(document: YamlFile['document']): unknown {
  try {
    return document.toJS();
  } catch {
    return undefined;
  }
}

interface ChannelSources {
  readonly folder: string;
  readonly problems: Problem[];
  readonly defaults: FileShape | undefined;
}

function readChannels(parsed: Parsed, { folder, problems, defaults }: ChannelSources): ChannelConfig[] {
  const { raw } = parsed;
  const entries = isRecord(raw) && Array.isArray(raw['channels']) ? (raw['channels'] as unknown[]) : [];
  return entries.flatMap((entry, index) => {
    const at: KeyPath = ['channels', index];
    const common = commonChannel.safeParse(entry);
    if (!common.success) problems.push(...problemsOf(common.error, { ...parsed, base: at }));
    const typeName = isRecord(entry) ? entry['type'] : undefined;
    if (!isRecord(entry) || typeof typeName !== 'string' || !Object.hasOwn(CHANNEL_TYPES, typeName)) return [];
    const type = CHANNEL_TYPES[typeName as ChannelTypeName];
    const own = Object.fromEntries(Object.entries(entry).filter(([key]) => !COMMON_CHANNEL_KEYS.includes(key)));
    const settings = type.settings.safeParse(own);
    if (!settings.success)
      problems.push(
        ...problemsOf(settings.error, {
          ...parsed,
          base: at,
          known: [...COMMON_CHANNEL_KEYS, ...keysOf(type.settings)],
        }),
      );
    if (!common.success || !settings.success) return [];
    const { data } = common;
    const budget = data.budget
      ? {
          perMinute: data.budget.per_minute,
          ...(data.budget.per_second !== undefined && { perSecond: data.budget.per_second }),
        }
      : type.budget;
    const config = {
      name: data.name,
      type: data.type,
      locale: data.locale ?? defaults?.locale ?? 'en',
      timezone: data.timezone ?? defaults?.timezone ?? 'UTC',
      templates: data.templates === undefined ? undefined : path.resolve(folder, data.templates),
      links: {
        externalUrl: defaults?.external_url,
        grafanaUrl: defaults?.grafana_url,
        runbookBase: defaults?.runbook_base,
      },
      budget,
      maxParts: data.max_parts ?? 5,
      timeoutMs: data.timeout ?? defaults?.delivery.timeout ?? type.timeoutMs,
      settings: settings.data,
    } satisfies Omit<ChannelConfig, 'version'>;
    return [{ ...config, version: versionOf(config) }];
  });
}

function configOf(
  shape: FileShape,
  channels: readonly ChannelConfig[],
  route: Route,
  folder: string,
  port: number | undefined,
): Omit<RelayConfig, 'web'> {
  const { auth, watchdog } = shape;
  return {
    listen: port === undefined ? shape.listen : { ...shape.listen, port },
    auth:
      auth === undefined || auth === 'none'
        ? { kind: 'none' }
        : 'basic' in auth
          ? { kind: 'basic', ...auth.basic }
          : { kind: 'bearer', token: auth.bearer_token },
    metricsToken: shape.metrics_token,
    probeListen: shape.probe_listen,
    storage: { place: placeOf(shape.storage, folder), retentionMs: shape.storage.retention },
    channels,
    route,
    fallback: shape.fallback,
    watchdog:
      watchdog === 'none'
        ? undefined
        : { alertname: watchdog.alertname, timeoutMs: watchdog.timeout, channels: watchdog.channels ?? route.channels },
    dedup: { windowMs: shape.dedup.window, longestMs: shape.dedup.longest },
    delivery: { horizonMs: shape.delivery.horizon },
    limits: { bodyBytes: shape.limits.body_bytes, connections: shape.limits.connections },
    logLevel: shape.log_level,
  };
}

function placeOf({ path: file = DEFAULT_STORE, url }: FileShape['storage'], folder: string): StorePlace {
  if (url !== undefined) return { kind: 'postgres', url };
  return { kind: 'sqlite', path: file === ':memory:' ? file : path.resolve(folder, file) };
}

/** Where the URL names a certificate or key, it must be there: the client reads it by the path as it is written. */
function checkDatabaseFiles(url: Secret, readFile: ConfigSources['readFile'], problem: Report): void {
  for (const [parameter, file] of filesOf(url.reveal()))
    try {
      readFile(file);
    } catch (error) {
      const why = (error as NodeJS.ErrnoException).code ?? 'it cannot be read';
      problem(['storage', 'url'], `a URL whose ${parameter} names a file that can be read`, why);
    }
}

/** A value that came from a file is known to people by the key that names the file. */
function underItsFile(problem: Problem, fromFiles: ReadonlySet<string>): Problem {
  return fromFiles.has(problem.key) ? { ...problem, key: `${problem.key}_file` } : problem;
}

function checkAuth(raw: unknown, problem: Report): void {
  if (!isRecord(raw) || raw['auth'] !== undefined) return;
  const listen = fileSchema.shape.listen.safeParse(raw['listen']);
  const host = listen.success ? listen.data.host : undefined;
  if (isLoopback(host)) return;
  problem(
    ['auth'],
    'a way to know AlertManager, since listen is open to other machines',
    'write auth: {bearer_token_file: /run/secrets/relay_token}, or auth: none if everybody may post',
  );
}

function checkReferences(raw: unknown, names: readonly string[], problem: Report): void {
  if (!isRecord(raw)) return;
  names.forEach((name, index) => {
    if (names.indexOf(name) !== index)
      problem(['channels', index, 'name'], `a name that no other channel has, not ${shownName(name)} again`);
  });
  const unknown = (at: KeyPath, name: unknown): void => {
    if (typeof name !== 'string' || names.includes(name)) return;
    problem(
      at,
      `the name of a channel, not ${shownName(name)}`,
      didYouMean(name, names) ?? `the channels are ${names.map(shownName).join(', ') || 'none'}`,
    );
  };
  unknown(['fallback'], raw['fallback']);
  const watchdog = raw['watchdog'];
  const told = isRecord(watchdog) ? asList(watchdog['channels']) : undefined;
  if (Array.isArray(told))
    told.forEach((name, index) => {
      unknown(['watchdog', 'channels', index], name);
    });
  if (names.length === 1 && raw['fallback'] === names[0])
    problem(
      ['fallback'],
      'another channel than the only one: what this one gives up cannot be told through it',
      'add a channel of another kind, or remove fallback',
    );
}

function namesOf(raw: unknown): string[] {
  const entries = isRecord(raw) && Array.isArray(raw['channels']) ? (raw['channels'] as unknown[]) : [];
  return entries.map((entry) => (isRecord(entry) && typeof entry['name'] === 'string' ? entry['name'] : ''));
}

/** The keys of a schema that is an object's, for suggestions. */
function keysOf(schema: unknown): readonly string[] {
  const { shape } = schema as { shape?: unknown };
  return isRecord(shape) ? Object.keys(shape) : [];
}

/** Secrets count by their hash: the version can be logged. */
function versionOf(value: unknown): string {
  const text = JSON.stringify(revealed(value));
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

/** What of a configuration must not be seen: an address only where it holds a password or a path. */
function secretsIn(value: unknown): readonly string[] {
  if (value instanceof Secret) {
    const text = value.reveal();
    const isBare = text.includes('://') && shownText(text) === text;
    return isBare ? [] : [text];
  }
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(secretsIn) : [];
}

function revealed(value: unknown): unknown {
  if (value instanceof Secret) return { secret: value.reveal() };
  if (Array.isArray(value)) return value.map(revealed);
  return isRecord(value)
    ? Object.fromEntries(Object.entries(value).map(([key, each]) => [key, revealed(each)]))
    : value;
}

function sorted(problems: readonly Problem[]): Problem[] {
  const position = ({ where }: Problem): number => {
    const [, line = 0, column = 0] = /:(\d+):(\d+)/.exec(where) ?? [];
    return Number(line) * 10_000 + Number(column);
  };
  return [...problems].sort((a, b) => position(a) - position(b));
}

function deepFreeze<T>(value: T): T {
  if (isRecord(value) || Array.isArray(value)) {
    Object.values(value).forEach(deepFreeze);
    Object.freeze(value);
  }
  return value;
}
