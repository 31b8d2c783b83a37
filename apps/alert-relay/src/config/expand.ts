// The first pass over the file's values: `${VAR}` and `${VAR:-default}` from the environment, and `x_file` keys from
// their files.
import type { KeyPath } from '@celery-watch/service';

export interface ExpandSources {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Throws where the file cannot be read. */
  readonly readFile: (path: string) => string;
  /** A path as the file means it: from its own folder. */
  readonly resolve: (path: string) => string;
  readonly problem: (path: KeyPath, wanted: string, fix?: string) => void;
  /** Is told of each file that holds a secret, by its path. */
  readonly secretFile: (path: string) => void;
  /** Is told of each value that came out of a file: `x`, where `x_file` was given. */
  readonly cameFromFile: (path: KeyPath) => void;
}

const VARIABLE = /\$\$|\$\{([^}]*)\}/g;
const NAME = /^([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s;

/**
 * The same tree with texts expanded and file keys replaced by what is in their files. Problems are reported, and their
 * values left out.
 */
export function expand(value: unknown, sources: ExpandSources, path: KeyPath = []): unknown {
  if (typeof value === 'string') return expandText(value, sources, path);
  if (Array.isArray(value)) return value.map((each, index) => expand(each, sources, [...path, index]));
  if (typeof value !== 'object' || value === null) return value;
  const given = new Map(Object.entries(value));
  const expanded: Record<string, unknown> = {};
  for (const [key, each] of given) {
    const base = key.endsWith('_file') && !NOT_SECRETS.has(key) ? key.slice(0, -'_file'.length) : undefined;
    const inner = expand(each, sources, [...path, key]);
    if (SECRETS_OF_OTHERS.has(key) && typeof inner === 'string') sources.secretFile(sources.resolve(inner));
    if (base === undefined)
      expanded[key] =
        NOT_SECRETS.has(key) && typeof inner === 'string' && inner !== '' ? sources.resolve(inner) : inner;
    else if (given.has(base)) sources.problem([...path, key], `${base} or ${key}, not both`);
    else {
      sources.cameFromFile([...path, base]);
      expanded[base] = fromFile(inner, sources, [...path, key]);
    }
  }
  return expanded;
}

/** Keys that name a file which is read by whoever uses it, and not a secret's file. */
const NOT_SECRETS = new Set(['ca_file', 'cert_file', 'key_file', 'access_token_file', 'web_config_file']);

/** Those of them that hold a secret. */
const SECRETS_OF_OTHERS = new Set(['key_file', 'access_token_file']);

/** What stands for a value that has a problem of its own: the checks that follow leave it alone. */
export const UNREADABLE = Symbol('unreadable');

function fromFile(path: unknown, { readFile, resolve, problem, secretFile }: ExpandSources, at: KeyPath): unknown {
  if (typeof path !== 'string') {
    if (path !== UNREADABLE) problem(at, 'the path of a file');
    return UNREADABLE;
  }
  try {
    // White space around a secret is never meant: AlertManager trims its own copy of it too.
    const text = readFile(path).trim();
    secretFile(resolve(path));
    if (text !== '') return text;
    problem(at, 'a file that is not empty', 'write the secret into it');
  } catch (error) {
    // Its name is not shown: who takes the key for the secret's own writes the secret there.
    problem(at, 'a file that can be read', (error as NodeJS.ErrnoException).code ?? 'it cannot be read');
  }
  return UNREADABLE;
}

function expandText(text: string, { env, problem }: ExpandSources, path: KeyPath): unknown {
  const missing: string[] = [];
  const expanded = text.replace(VARIABLE, (whole, inside?: string) => {
    if (inside === undefined) return '$';
    const parsed = NAME.exec(inside);
    const name = parsed?.[1];
    const value =
      name === undefined
        ? undefined
        : env[name] === undefined || env[name] === ''
          ? (parsed?.[2] ?? env[name])
          : env[name];
    if (value !== undefined) return value;
    missing.push(whole);
    // What stands within a longer text may be a part of a password.
    if (name === undefined || (whole !== text && !/^[A-Z][A-Z0-9_]*$/.test(name)))
      problem(path, "a variable's name in ${}", 'write ${NAME} or ${NAME:-default}; a dollar sign itself is $$');
    else problem(path, `the environment variable ${name}`, `set ${name}, or give a default: \${${name}:-default}`);
    return '';
  });
  return missing.length > 0 ? UNREADABLE : expanded;
}
