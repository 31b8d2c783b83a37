// Settles every option of a table: flag over environment over file over default, or all that is wrong, at once.
import { readConfigFile, readFailure, type ReadFile } from './config-file.js';
import { readEnvironment, type Environment } from './environment.js';
import { readFlags } from './flags.js';
import type { Given, Source } from './given.js';
import { Refusal } from './option.js';
import { shownValue, type Problem } from './problem.js';
import { fileFlag, fileKey, fileVariable, type Entry, type OptionsTable, type OptionValues } from './table.js';

export interface OptionSources {
  /** Without the program's own path and without the command's name. */
  readonly argv: readonly string[];
  readonly env: Environment;
  readonly readFile: ReadFile;
}

export type ReadOptions<Table> =
  | {
      readonly ok: true;
      readonly values: OptionValues<Table>;
      readonly sources: Readonly<Record<keyof OptionValues<Table>, Source>>;
      /** The configuration file that was read. */
      readonly configFile: string | undefined;
    }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * The typed, frozen values of a table's options, and where each came from; or the list of all problems. A value that is
 * malformed never becomes the default. A variable that a flag overrides is not looked at; the configuration file is
 * always checked to its end.
 */
export function readOptions<Table extends OptionsTable>(
  table: Table,
  { argv, env, readFile }: OptionSources,
): ReadOptions<Table> {
  const flags = readFlags(table, argv);
  const environment = readEnvironment(table, env);
  const config = flags.config ?? environment.config;
  const file = config ? readConfigFile(table, config, readFile) : { given: new Map<string, Given>(), problems: [] };
  const problems = [...flags.problems, ...environment.problems, ...file.problems];

  const values: Record<string, unknown> = {};
  const sources: Record<string, Source> = {};
  for (const entry of table.entries) {
    const inFile = file.given.get(entry.key);
    const given = flags.given.get(entry.key) ?? environment.given.get(entry.key) ?? inFile;
    const settled = given ? settle(entry, given, readFile) : fallback(entry, problems);
    if ('problem' in settled) problems.push(...settled.problem);
    else values[entry.key] = settled.value;
    sources[entry.key] = given?.source ?? 'default';
    if (inFile && inFile !== given) {
      const overridden = settle(entry, inFile, readFile);
      if ('problem' in overridden) problems.push(...overridden.problem);
    }
  }
  if (problems.length > 0) return { ok: false, problems };
  return {
    ok: true,
    // The loop above has set each key of the table to what that key's own option gave.
    values: Object.freeze(values) as OptionValues<Table>,
    sources: Object.freeze(sources) as Readonly<Record<keyof OptionValues<Table>, Source>>,
    configFile: config?.path,
  };
}

type Settled = { readonly value: unknown } | { readonly problem: readonly Problem[] };

function fallback(entry: Entry, problems: readonly Problem[]): Settled {
  const { option, key, flag, env } = entry;
  if (!option.fallback.required) return { value: option.fallback.value };
  // What was given for it, and refused, has been named already.
  if (problems.some((problem) => problem.key === key)) return { problem: [] };
  const names = [flag, ...env, ...(option.secret ? [fileFlag(flag), ...env.map(fileVariable)] : [])].join(', ');
  const keys = option.secret ? `${key} or ${fileKey(key)}` : key;
  const fix = `set one of ${names}, or ${keys} in the configuration file`;
  return { problem: [{ key, where: 'given nowhere', wanted: option.wanted, fix }] };
}

function settle(entry: Entry, given: Given, readFile: ReadFile): Settled {
  if (given.form === 'path') return settleFromFile(entry, given, readFile);
  const { option } = entry;
  try {
    return { value: given.form === 'yaml' ? option.fromYaml(given.value) : option.fromText(String(given.value)) };
  } catch (error) {
    return { problem: [refused(entry, given, error, option.secret ? undefined : shownValue(given.value))] };
  }
}

/** Neither the path nor the content is shown: who mistakes `…_FILE` for the variable itself puts the secret there. */
function settleFromFile(entry: Entry, given: Given, readFile: ReadFile): Settled {
  const { key } = entry;
  const { where, value: path } = given;
  if (typeof path !== 'string' || path === '') return { problem: [{ key, where, wanted: 'the path of a file' }] };
  let text: string;
  try {
    text = readFile(path);
  } catch (error) {
    return { problem: [{ key, where, wanted: `the path of a file that can be read: ${readFailure(error)}` }] };
  }
  try {
    return { value: entry.option.fromText(text.replace(/[\r\n]+$/, '')) };
  } catch (error) {
    return { problem: [refused(entry, { ...given, where: `the file named by ${where}` }, error, undefined)] };
  }
}

function refused(
  { key, option }: Entry,
  { where, example }: Given,
  error: unknown,
  value: string | undefined,
): Problem {
  const said = (error as Error | undefined)?.message ?? '';
  const mayShow = !option.secret || error instanceof Refusal;
  const wanted = mayShow && said !== '' ? shownReason(said) : option.wanted;
  const usual = option.secret || option.fallback.required ? undefined : option.fallback.text;
  return {
    key,
    where,
    ...(value !== undefined && { value }),
    wanted,
    ...(usual && { fix: `for example ${example(usual)}` }),
  };
}

function shownReason(said: string): string {
  return said.length > LONGEST_REASON ? `${said.slice(0, LONGEST_REASON)}…` : said;
}

const LONGEST_REASON = 300;
