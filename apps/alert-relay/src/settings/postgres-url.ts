// What a URL of a PostgreSQL store may say, read without asking anybody: a parameter that nobody knows would be left
// out in silence, and then another schema is read or the connection is not encrypted.
import { didYouMean } from '@celery-watch/service/texts';

/** Where the tables are if the URL names no schema. */
export const DEFAULT_SCHEMA = 'alert_relay';

export const SSL_MODES = ['disable', 'prefer', 'require', 'verify-ca', 'verify-full'];
/** Parameters that name a file. */
const FILES = ['sslrootcert', 'sslcert', 'sslkey'] as const;
/** What the client or we read; all else would have no effect. */
const PARAMETERS = [
  'schema',
  'sslmode',
  ...FILES,
  'sslnegotiation',
  'host',
  'port',
  'user',
  'password',
  'options',
  'application_name',
];

/** What is wrong with such a URL, without any of it: the end of "wanted …". Undefined where nothing is. */
export function databaseUrlProblem(text: string): string | undefined {
  if (!URL.canParse(text)) return 'a URL such as postgres://user:password@host:port/database';
  const url = new URL(text);
  const { searchParams: given, username, password, pathname } = url;
  if (![username, password, url.hostname, pathname, url.search].every(isDecodable))
    return 'a URL with two hexadecimal digits behind each %; a % itself is %25';
  const names = [...given.keys()];
  const unknown = names.find((name) => !PARAMETERS.includes(name));
  if (unknown !== undefined)
    return `a URL with these parameters alone: ${PARAMETERS.join(', ')}${hint(didYouMean(unknown, PARAMETERS))}`;
  const twice = names.find((name, index) => names.indexOf(name) !== index);
  if (twice !== undefined) return `a URL with the parameter ${twice} once`;
  return schemaProblem(given.get('schema')) ?? sslProblem(given);
}

/** The files that the URL names, with the parameters that do. */
export function filesOf(text: string): readonly (readonly [parameter: string, path: string])[] {
  const { searchParams } = new URL(text);
  return FILES.flatMap((parameter) => {
    const path = searchParams.get(parameter);
    return path === null || path === '' || isSystem(parameter, path) ? [] : [[parameter, path] as const];
  });
}

/** Safe to stand in SQL where `databaseUrlProblem` finds nothing. */
export function schemaOf(text: string): string {
  return new URL(text).searchParams.get('schema') ?? DEFAULT_SCHEMA;
}

/** Whether it is a name of a schema that may be used. */
export function isSchema(name: string): boolean {
  return /^[a-z_][a-z0-9_]{0,47}$/.test(name);
}

function schemaProblem(schema: string | null): string | undefined {
  if (schema === null || isSchema(schema)) return undefined;
  return 'a URL whose schema is of small letters, digits and _, 48 at most, no digit first';
}

function sslProblem(given: URLSearchParams): string | undefined {
  const mode = given.get('sslmode');
  if (mode !== null && !SSL_MODES.includes(mode))
    return `a URL whose sslmode is one of ${SSL_MODES.join(', ')}${hint(didYouMean(mode, SSL_MODES))}`;
  const trusted = given.get('sslrootcert') ?? '';
  if (mode === 'verify-ca' && (trusted === '' || trusted === 'system'))
    return 'a URL that says whom sslmode=verify-ca trusts: add sslrootcert, or take sslmode=verify-full';
  if (trusted === 'system' && mode !== null && mode !== 'verify-full')
    return 'a URL with sslmode=verify-full where sslrootcert is system';
  if (given.has('sslcert') !== given.has('sslkey')) return 'a URL with both of sslcert and sslkey, or none';
  return undefined;
}

function isSystem(parameter: string, value: string): boolean {
  return parameter === 'sslrootcert' && value === 'system';
}

function isDecodable(text: string): boolean {
  try {
    decodeURIComponent(text);
    return true;
  } catch {
    return false;
  }
}

function hint(text: string | undefined): string {
  return text === undefined ? '' : `; ${text}`;
}
