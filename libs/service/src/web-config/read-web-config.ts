// Reads Prometheus's web configuration file, with all that it names, or says everything that is wrong with it by key
// and line. No password, hash or key is ever repeated.
import { createHash } from 'node:crypto';
import path from 'node:path';
import { readFailure } from '../options/config-file.js';
import { problemsOf } from '../options/issues.js';
import type { Problem } from '../options/problem.js';
import { shownValue } from '../options/shown.js';
import { aliasProblems, type KeyPath, parseYamlFile, showPath } from '../options/yaml-file.js';
import { isRecord } from '../foreign-data.js';
import { type FileShape, KNOWN_KEYS, webFileSchema } from './file-shape.js';
import { type Report, tlsPlan } from './tls-plan.js';
import { NO_WEB_CONFIG, type WebConfig, type WebUser } from './web-config.js';

export interface WebConfigReading {
  /** Everything that was read, so that a change can be seen; the file itself first. */
  readonly files: readonly string[];
  /** Of the contents of these files, whatever they are. */
  readonly digest: string;
  readonly result:
    | {
        readonly ok: true;
        readonly config: WebConfig;
        readonly notices: readonly string[];
        readonly secretFiles: readonly string[];
      }
    | { readonly ok: false; readonly problems: readonly Problem[] };
}

export interface WebConfigSources {
  /** The file's path: what it names begins at its folder. */
  readonly file: string;
  /** Where the path was given: what cannot be read may be no path at all, and is not repeated. Default: its name. */
  readonly givenAt?: string;
  readonly readFile: (path: string) => string;
}

/** Never throws. */
export function readWebConfig({ file, givenAt = shownValue(file), readFile }: WebConfigSources): WebConfigReading {
  const contents = new Map<string, string | undefined>();
  const read = (name: string): string => {
    contents.set(name, undefined);
    const text = readFile(name);
    contents.set(name, text);
    return text;
  };
  const result = readWith(file, givenAt, read);
  return { files: [...contents.keys()], digest: digestOf([...contents.values()]), result };
}

/** @param contents undefined: it could not be read */
export function digestOf(contents: readonly (string | undefined)[]): string {
  const hash = createHash('sha256');
  for (const text of contents) hash.update(text === undefined ? 'none;' : `${text.length};`).update(text ?? '');
  return hash.digest('hex');
}

function readWith(file: string, givenAt: string, read: (name: string) => string): WebConfigReading['result'] {
  let text: string;
  try {
    text = read(file);
  } catch (error) {
    const wanted = `a web configuration file that can be read: ${readFailure(error)}`;
    return refused([{ key: 'web_config_file', where: givenAt, wanted, fix: 'correct the path' }]);
  }
  const yamlFile = parseYamlFile(text, path.basename(file), { columns: true });
  const faults = [...yamlFile.problems, ...(yamlFile.isBroken ? [] : aliasProblems(yamlFile))];
  if (faults.length > 0)
    return refused(faults.map((fault) => ({ ...fault, key: fault.key === 'config' ? 'YAML' : fault.key })));
  const { document, positions } = yamlFile;
  let raw: unknown;
  try {
    raw = document.toJS();
  } catch {
    const wanted = 'values whose aliases do not multiply to more than can be read';
    return refused([{ key: 'YAML', where: path.basename(file), wanted }]);
  }
  if (raw === null || raw === undefined) return good(NO_WEB_CONFIG, [], []);
  const problems: Problem[] = [];
  const report: Report = (at, wanted, fix) =>
    void problems.push({ key: showPath(at), where: positions.of(at), wanted, ...(fix !== undefined && { fix }) });
  const shape = webFileSchema.safeParse(raw);
  const users = usersIn(isRecord(raw) ? raw['basic_auth_users'] : undefined, report);
  if (!shape.success) {
    problems.push(...problemsOf(shape.error, { raw, positions, known: KNOWN_KEYS }));
    return refused(problems);
  }
  const { data } = shape;
  const secretFiles = users.length > 0 || (data.tls_server_config?.key ?? '') !== '' ? [file] : [];
  const tls = tlsPlan(data.tls_server_config ?? {}, {
    folder: path.dirname(file),
    read,
    report,
    secretFile: (name) => secretFiles.push(name),
  });
  if (problems.length > 0) return refused(problems);
  const config = { tls, users, headers: headersIn(data), rateLimit: rateLimitIn(data) };
  return good(config, noticesOf(data, users), secretFiles);
}

function refused(problems: readonly Problem[]): WebConfigReading['result'] {
  return { ok: false, problems };
}

function good(
  config: WebConfig,
  notices: readonly string[],
  secretFiles: readonly string[],
): WebConfigReading['result'] {
  return { ok: true, config, notices, secretFiles };
}

/** What bcrypt makes, of any of its versions: `$2y$10$` and 53 signs. */
const BCRYPT = /^\$2[aby]?\$(\d\d)\$[./A-Za-z0-9]{53}$/;
const HASH_WANTED =
  'a password that bcrypt has hashed, never the password itself: htpasswd -nBC 10 "" | tr -d \':\\n\'';

function usersIn(given: unknown, report: Report): WebUser[] {
  if (given === undefined || given === null) return [];
  const at: KeyPath = ['basic_auth_users'];
  if (!isRecord(given)) {
    report(at, 'names of users, each with a hash of bcrypt');
    return [];
  }
  return Object.entries(given).flatMap(([name, hash]) => {
    const cost = typeof hash === 'string' ? Number(BCRYPT.exec(hash)?.[1] ?? 0) : 0;
    if (cost < 4 || cost > 31) report([...at, name], HASH_WANTED);
    else if (name.includes(':'))
      report([...at, name], 'a name without a colon: what is behind it counts as the password');
    else return [{ name, hash: String(hash) }];
    return [];
  });
}

function headersIn({ http_server_config: http }: FileShape): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(http?.headers ?? {}).flatMap(([name, value]) => (value ? [[name, value]] : [])),
  );
}

function rateLimitIn({ rate_limit: limit }: FileShape): WebConfig['rateLimit'] {
  const intervalMs = (limit?.interval ?? 0) * 1_000;
  return intervalMs === 0 ? undefined : { intervalMs, burst: limit?.burst ?? 1 };
}

/** A check of such a hash takes most of a second, and twice that for each more. */
const COSTLY = 14;

/** What is no mistake, and better known. */
function noticesOf(
  { http_server_config: http, tls_server_config: tls }: FileShape,
  users: readonly WebUser[],
): string[] {
  const slow = users.filter(({ hash }) => Number(BCRYPT.exec(hash)?.[1]) >= COSTLY).map(({ name }) => shownValue(name));
  return [
    ...(http?.http2 === true ? ['http2 has no effect: this program speaks HTTP/1.1'] : []),
    ...(slow.length > 0
      ? [`the first login of ${slow.join(', ')} takes seconds: the cost of its hash is ${COSTLY} or more`]
      : []),
    ...(tls?.client_auth_type === 'RequestClientCert'
      ? ['client_auth_type RequestClientCert keeps nobody out: a certificate is asked for, and any or none will do']
      : []),
    ...(/Verify/.test(tls?.client_auth_type ?? '') && tls?.client_ca_file === undefined && tls?.client_ca === undefined
      ? ['client certificates of any authority of the internet are let in: client_ca_file is not set']
      : []),
    ...(users.length > 0 && tls?.cert_file === undefined && tls?.cert === undefined
      ? ['passwords of basic_auth_users cross the network in the clear: tls_server_config is not set']
      : []),
  ];
}
