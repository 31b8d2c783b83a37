// Where the secrets of the options were given, and what is careless about that.
import { redactUrl, Secret } from '../secret.js';
import type { Given } from './sources.js';
import { type Entry, fileFlag, fileVariable } from './table.js';

/** Where one secret was given, as far as others may see it there. */
export type SecretPlace =
  | { readonly kind: 'file'; readonly path: string }
  /** `instead`: ways to give it that nobody sees. */
  | { readonly kind: 'flag'; readonly flag: string; readonly instead: readonly string[] };

/** Undefined where the value holds no secret, or nobody else sees it. `configFile`: the path of the file of options. */
export function secretPlace(
  { flag, env, option }: Entry,
  { source, form, value: given, where }: Given,
  value: unknown,
  configFile: string | undefined,
): SecretPlace | undefined {
  if (!option.secret || !holdsSecret(value)) return undefined;
  if (form === 'path') return { kind: 'file', path: String(given) };
  if (source === 'file' && configFile !== undefined) return { kind: 'file', path: configFile };
  if (source !== 'flag') return undefined;
  const variables = env.flatMap((name) => [`the environment variable ${name}`, fileVariable(name)]).slice(0, 2);
  return { kind: 'flag', flag: where.replace(/^flag /, ''), instead: [...variables, `the flag ${fileFlag(flag)}`] };
}

/** What people are told; each once. */
export function secretCautions(
  places: readonly SecretPlace[],
  files: { readonly isWorldReadable: (path: string) => boolean; readonly text: (path: string) => string },
): readonly string[] {
  const said = places.flatMap((place) => {
    if (place.kind === 'file') return files.isWorldReadable(place.path) ? [files.text(place.path)] : [];
    const { flag, instead } = place;
    return [
      `every user of this machine sees the password that ${flag} has on the command line (ps): give it by ` +
        instead.join(' or '),
    ];
  });
  return [...new Set(said)];
}

const SECRET_KEY = /pass|secret|token/i;

/** Whether something in it must not be seen: of an address its password, of any other secret the whole. */
function holdsSecret(value: unknown): boolean {
  if (value instanceof Secret) {
    const text = value.reveal();
    return !text.includes('://') || redactUrl(text) !== text;
  }
  if (typeof value === 'string') return redactUrl(value) !== value;
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(
    ([key, each]) => holdsSecret(each) || (SECRET_KEY.test(key) && typeof each === 'string' && each !== ''),
  );
}
