// Settles every option of a table: flag over environment over file over default, or all that is wrong, at once.
import { readConfigFile, readFailure } from './config-file.js';
import { readEnvironment, type Environment } from './environment.js';
import { readFlags } from './flags.js';
import { valueAt, wantedBy } from './issues.js';
import type { Problem } from './problem.js';
import { shownValue } from './shown.js';
import { ignoredText } from './service-links.js';
import type { Given, ReadFile, Source } from './sources.js';
import { fileFlag, fileKey, fileVariable, type Entry, type OptionsTable, type OptionValues } from './table.js';
import { mistakeOf } from './structured.js';
import { isPrintable } from './values.js';
import { showPath, type KeyPath } from './yaml-file.js';

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
      /** Says which variables were ignored because a platform makes them; undefined where there is none. */
      readonly notice: string | undefined;
      /** Where in the file something inside of a structured value stands, for what is found wrong later. */
      readonly placeOf: (key: keyof OptionValues<Table>, path: KeyPath) => string;
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
    notice: ignoredText(environment.ignored),
    placeOf: (key, path) => file.given.get(String(key))?.place?.(path) ?? 'the configuration file',
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
  const { key, option } = entry;
  const { form, where, value } = given;
  if (form === 'yaml') return accept(entry, given, value);
  if (form === 'text') return accept(entry, given, asRead(option, String(value)));
  // Neither the path nor the content is shown: who mistakes `…_FILE` for the variable itself puts the secret there.
  if (typeof value !== 'string' || value === '') return { problem: [{ key, where, wanted: 'the path of a file' }] };
  let text: string;
  try {
    text = readFile(value);
  } catch (error) {
    return { problem: [{ key, where, wanted: `the path of a file that can be read: ${readFailure(error)}` }] };
  }
  const content = text.replace(/[\r\n]+$/, '');
  return accept(entry, { ...given, where: `the file named by ${where}` }, asRead(option, content));
}

function asRead({ fromText }: Entry['option'], text: string): unknown {
  return fromText ? fromText(text) : text;
}

function accept({ key, option }: Entry, { where, example, value, place }: Given, raw: unknown): Settled {
  const { data, error } = option.schema.safeParse(raw);
  if (!error) return { value: data };
  if (place && option.isStructured === true) {
    return {
      problem: error.issues.map((each) => {
        const { at, wanted, fix, shows } = mistakeOf(each);
        const found = valueAt(raw, at);
        return {
          key: showPath([key, ...at]),
          where: found === undefined ? `${place(at)} (missing)` : place(at),
          ...(shows === true && found !== undefined && { value: shownValue(found) }),
          wanted,
          ...(fix !== undefined && { fix }),
        };
      }),
    };
  }
  const [issue] = error.issues;
  const said = issue && (!option.secret || isPrintable(issue)) ? wantedBy(issue) : option.wanted;
  const usual = option.secret || option.fallback.required ? undefined : option.fallback.text;
  const problem: Problem = {
    key,
    where,
    ...(!option.secret && { value: shownValue(value) }),
    wanted: said.length > LONGEST_REASON ? `${said.slice(0, LONGEST_REASON)}…` : said,
    ...(usual && { fix: `for example ${example(usual)}` }),
  };
  return { problem: [problem] };
}

const LONGEST_REASON = 300;
