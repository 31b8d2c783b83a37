// Reads what the environment gives, and refuses variables of ours that no option has.
import { didYouMean } from './near-miss.js';
import type { Problem } from './problem.js';
import { isServiceLink } from './service-links.js';
import type { Given, Reading } from './sources.js';
import { defaultVariable, fileVariable, variablesOf, type Entry, type OptionsTable } from './table.js';

export type Environment = Readonly<Record<string, string | undefined>>;

/** An empty variable counts as not set. */
export function readEnvironment(
  table: OptionsTable,
  env: Environment,
): Reading & { readonly ignored: readonly string[] } {
  const given = new Map<string, Given>();
  const { configVariable } = table;
  // Only where all of the program's variables are options is any other one a slip.
  const problems = configVariable === undefined ? [] : unknownVariables(table, configVariable, env);
  for (const entry of table.entries) {
    const found = firstSet(entry, env);
    if (found && 'wanted' in found) problems.push(found);
    else if (found) given.set(entry.key, found);
  }
  const path = configVariable === undefined ? undefined : valueIn(env, configVariable);
  return {
    given,
    problems,
    ignored: ignoredVariables(table, env),
    ...(path !== undefined && { config: { path, where: `environment variable ${configVariable}` } }),
  };
}

function firstSet(entry: Entry, env: Environment): Given | Problem | undefined {
  for (const name of entry.env) {
    const text = valueIn(env, name);
    const path = entry.option.secret ? valueIn(env, fileVariable(name)) : undefined;
    const where = `environment variable ${text === undefined ? fileVariable(name) : name}`;
    if (text !== undefined && path !== undefined) {
      return { key: entry.key, where, wanted: `only one of ${name} and ${fileVariable(name)}`, fix: 'remove one' };
    }
    const example = (shown: string): string => `${name}=${shown}`;
    if (text !== undefined) return { source: 'environment', where, form: 'text', value: text, example };
    if (path !== undefined) return { source: 'environment', where, form: 'path', value: path, example };
  }
  for (const { env: name, read } of entry.option.about.aliases ?? []) {
    const text = name === undefined ? undefined : valueIn(env, name);
    if (name === undefined || text === undefined) continue;
    const place = { source: 'environment', where: `environment variable ${name}` } as const;
    const example = (shown: string): string => `${name}=${shown}`;
    return read
      ? { ...place, form: 'texts', value: [text], read, example }
      : { ...place, form: 'text', value: text, example };
  }
  return undefined;
}

function unknownVariables(table: OptionsTable, configVariable: string, env: Environment): Problem[] {
  const known = new Set([configVariable, ...table.entries.flatMap(variablesOf)]);
  return Object.keys(env)
    .filter((name) => name.startsWith(`${table.prefix}_`) && !known.has(name) && valueIn(env, name) !== undefined)
    .map((name): Problem => {
      const renamed = table.entries.find(({ key }) => defaultVariable(table.prefix, key) === name)?.env[0];
      const key = name.slice(table.prefix.length + 1).toLowerCase();
      const meant =
        renamed === undefined ? (table.elsewhere(key) ?? didYouMean(name, known)) : `did you mean ${renamed}?`;
      return {
        key: name,
        where: `unknown environment variable ${name}`,
        wanted: `only variables that --help lists behind ${table.prefix}_`,
        fix: meant ?? 'remove it',
      };
    });
}

/** Variables that would count, were they not a platform's. */
function ignoredVariables(table: OptionsTable, env: Environment): string[] {
  const known = new Set(table.entries.flatMap(variablesOf));
  return Object.keys(env)
    .filter((name) => known.has(name) || name.startsWith(`${table.prefix}_`))
    .filter((name) => env[name] !== '' && env[name] !== undefined && isServiceLink(name, env))
    .sort();
}

function valueIn(env: Environment, name: string): string | undefined {
  const value = env[name];
  return value === '' || isServiceLink(name, env) ? undefined : value;
}
