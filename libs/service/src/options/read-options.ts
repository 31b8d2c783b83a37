// Settles every option of a table: flag over environment over file over default, or all that is wrong, at once.
import { readConfigFile } from './config-file.js';
import { readEnvironment, type Environment } from './environment.js';
import { readFlags } from './flags.js';
import type { Problem } from './problem.js';
import { ignoredText } from './service-links.js';
import { type SecretPlace, secretPlace } from './secret-places.js';
import { settle, type Settled } from './settle.js';
import type { Given, GivenElement, Reading, ReadFile, Source } from './sources.js';
import { fileFlag, fileKey, fileVariable, keysOf, type Entry, type OptionsTable, type OptionValues } from './table.js';
import type { KeyPath } from './yaml-file.js';

export interface OptionSources {
  /** Without the program's own path and without the command's name. */
  readonly argv: readonly string[];
  readonly env: Environment;
  readonly readFile: ReadFile;
}

/** What was given, read. */
export interface OptionReading<Table> {
  readonly values: OptionValues<Table>;
  readonly sources: Readonly<Record<keyof OptionValues<Table>, Source>>;
  /** The elements of each list of the file that is a section; a list that is not there has none. */
  readonly sections: SectionValues<Table>;
  /** The configuration file that was read. */
  readonly configFile: string | undefined;
  /** Says which variables were ignored because a platform makes them; undefined where there is none. */
  readonly notice: string | undefined;
  /** Where secrets were given, as far as others may see them there. */
  readonly secrets: readonly SecretPlace[];
  /**
   * Where an option or a section was given, or (with a path) something inside of a structured value, for what is found
   * wrong later: `celery_exporter.yml:12`, `flag --port`; `default` for what was given nowhere.
   */
  readonly placeOf: (key: keyof OptionValues<Table> | keyof SectionValues<Table>, path?: KeyPath) => string;
}

export type ReadOptions<Table> =
  | ({ readonly ok: true } & OptionReading<Table>)
  | {
      readonly ok: false;
      readonly problems: readonly Problem[];
      /**
       * What was read all the same, so that more of it can be judged and everything told at once. What was refused, and
       * what is missing, is its default here, or is not here where it has none: ask `isRefused` first.
       */
      readonly rest: OptionReading<Table>;
      /** Whether a key, such as `port` or `brokers[1].url`, was refused or is missing. */
      readonly isRefused: (key: string) => boolean;
    };

/** One element of a section. */
export interface Element<Values> {
  /** Those that the element leaves out, and the table has, are the table's. */
  readonly values: Values;
  /** `brokers[1]` */
  readonly key: string;
  /** Where it gives a value, or else where it begins: `celery_exporter.yml:12`. */
  readonly where: (key: string) => string;
  /** Whether it gives a value itself. */
  readonly has: (key: string) => boolean;
}

type SectionValues<Table> =
  Table extends Pick<OptionsTable<never, infer L>, 'sections'>
    ? { readonly [Name in keyof L]?: readonly Element<OptionValues<L[Name]>>[] }
    : never;

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
  const file: Reading = config ? readConfigFile(table, config, readFile) : { given: new Map(), problems: [] };
  const problems = [...flags.problems, ...environment.problems, ...file.problems];

  const values: Record<string, unknown> = {};
  const sources: Record<string, Source> = {};
  const used = new Map<string, Given>();
  const unread: { readonly entry: Entry; readonly rest: unknown }[] = [];
  const secrets: SecretPlace[] = [];
  const keep = (entry: Entry, given: Given | undefined, settled: Settled): void => {
    const place = given && 'value' in settled ? secretPlace(entry, given, settled.value, config?.path) : undefined;
    if (place) secrets.push(place);
  };
  for (const entry of table.entries) {
    const inFile = file.given.get(entry.key);
    const given = flags.given.get(entry.key) ?? environment.given.get(entry.key) ?? inFile;
    const settled = given ? settle(entry, given, readFile) : fallback(entry, problems);
    if ('problem' in settled) problems.push(...settled.problem);
    else values[entry.key] = settled.value;
    keep(entry, given, settled);
    if ('problem' in settled) unread.push({ entry, rest: settled.rest });
    sources[entry.key] = given?.source ?? 'default';
    if (given) used.set(entry.key, given);
    if (inFile && inFile !== given) {
      const overridden = settle(entry, inFile, readFile);
      if ('problem' in overridden) problems.push(...overridden.problem);
    }
  }
  const refused = new Set(file.problems.map(({ key }) => key));
  const unreadInside: string[] = [];
  const sections: Record<string, readonly Element<unknown>[]> = {};
  for (const [name, { entries }] of Object.entries(table.sections)) {
    const elements = file.sections?.get(name)?.map((element, index) => {
      const settled = settleElement({ entries, key: `${name}[${index}]`, element, refused, values, readFile, keep });
      problems.push(...settled.problems);
      unreadInside.push(...settled.unread);
      return settled.element;
    });
    if (elements) sections[name] = elements;
  }
  for (const { entry, rest } of unread) fillIn(values, entry, rest);
  const reading: OptionReading<Table> = {
    sections: Object.freeze(sections) as SectionValues<Table>,
    // The loop above has set each key of the table to what that key's own option gave.
    values: Object.freeze(values) as OptionValues<Table>,
    sources: Object.freeze(sources) as Readonly<Record<keyof OptionValues<Table>, Source>>,
    configFile: config?.path,
    secrets,
    notice: ignoredText(environment.ignored),
    placeOf: (key, path) => {
      const given = used.get(String(key));
      return (path && given?.place?.(path)) ?? given?.where ?? file.sectionPlaces?.get(String(key)) ?? 'default';
    },
  };
  if (problems.length === 0) return { ok: true, ...reading };
  const told = new Set(problems.map(({ key }) => key));
  for (const key of [...unread.map(({ entry }) => entry.key), ...unreadInside]) told.add(key);
  return { ok: false, problems, rest: reading, isRefused: (key) => told.has(key) };
}

/** What can stand for a value that was refused, where others are to be judged. */
function fillIn(values: Record<string, unknown>, { key, option: { fallback: usual } }: Entry, rest: unknown): void {
  if (rest !== undefined) values[key] = rest;
  else if (!usual.required) values[key] = usual.value;
}

/**
 * The value of one option, before the others are read; undefined where it is given nowhere or refused, of which
 * `readOptions` will tell. What is wrong elsewhere does not matter.
 */
export function peekOption<Table extends OptionsTable, Key extends string & keyof OptionValues<Table>>(
  table: Table,
  name: Key,
  { argv, env, readFile }: OptionSources,
): OptionValues<Table>[Key] | undefined {
  const flags = readFlags(table, argv);
  const environment = readEnvironment(table, env);
  const config = flags.config ?? environment.config;
  const entry = table.entries.find(({ key }) => key === name);
  if (entry === undefined) throw new TypeError(`there is no option ${name}`);
  const given =
    flags.given.get(name) ??
    environment.given.get(name) ??
    (config && readConfigFile(table, config, readFile).given.get(name));
  const settled = given && settle(entry, given, readFile);
  return settled && 'value' in settled ? (settled.value as OptionValues<Table>[Key]) : undefined;
}

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

interface ElementParts {
  readonly entries: readonly Entry[];
  readonly key: string;
  readonly element: GivenElement;
  /** Keys of which a problem is told already. */
  readonly refused: ReadonlySet<string>;
  /** Of the table. */
  readonly values: Readonly<Record<string, unknown>>;
  readonly readFile: ReadFile;
  /** Is told of each value that was read. */
  readonly keep: (entry: Entry, given: Given | undefined, settled: Settled) => void;
}

function settleElement({ entries, key, element, refused, values: common, readFile, keep }: ElementParts): {
  readonly element: Element<unknown>;
  readonly problems: readonly Problem[];
  /** The keys of what could not be read, by whatever name the problem calls it. */
  readonly unread: readonly string[];
} {
  const problems: Problem[] = [];
  const unread: string[] = [];
  const values: Record<string, unknown> = {};
  for (const entry of entries) {
    const named = { ...entry, key: `${key}.${entry.key}` };
    const given = element.given.get(entry.key);
    const { fallback: usual, wanted } = entry.option;
    const isRefused = refused.has(key) || keysOf(entry).some((name) => refused.has(`${key}.${name}`));
    const settled: Settled = given
      ? settle(named, given, readFile)
      : isRefused
        ? { problem: [] }
        : Object.hasOwn(common, entry.key)
          ? { value: common[entry.key] }
          : usual.required
            ? { problem: [{ key: named.key, where: `${element.where} (missing)`, wanted }] }
            : { value: usual.value };
    keep(entry, given, settled);
    if ('problem' in settled) {
      problems.push(...settled.problem);
      unread.push(named.key);
      fillIn(values, entry, settled.rest);
    } else values[entry.key] = settled.value;
  }
  const where = (name: string): string => element.given.get(name)?.where ?? element.where;
  const has = (name: string): boolean => element.given.has(name);
  return { element: Object.freeze({ values: Object.freeze(values), key, where, has }), problems, unread };
}
