// In whose place the exporter stands: finds the drop-in mode before the options are read, and makes the table of
// options that the mode has.
import {
  amended,
  ignoredFlags,
  isServiceLink,
  type Option,
  type OptionReading,
  options,
  type OptionSources,
  type OptionValues,
  peekOption,
  type Problem,
  readOptions,
  type ReadOptions,
  Secret,
  withSections,
} from '@celery-watch/service';
import { asKombu } from './dropin/kombu-tls.js';
import {
  type ActiveDropIn,
  type DropIn,
  DROP_INS,
  type DropInName,
  knownElsewhere,
  modeOf,
  overlooked,
} from './dropin/table.js';
import { EXPORTER_OPTIONS } from './options.js';

type Table = typeof EXPORTER_OPTIONS;

export interface Mode {
  readonly name: DropInName | undefined;
  /** The options of this mode: ours, with what the drop-in has. */
  readonly table: Table;
  /** What people are told of the mode; empty where the exporter stands in nobody's place. */
  readonly sentence: string;
  /** @param argv without the command's name */
  readonly readOptions: (argv: OptionSources['argv']) => ReadInMode;
}

/** What was read, all that is wrong with it, and what follows from the mode. */
export interface ReadInMode extends OptionReading<Table> {
  /** Where there are any, what was refused is its default in the values, or missing. */
  readonly problems: readonly Problem[];
  /** Whether a key, such as `port` or `brokers[1].url`, was refused. */
  readonly isRefused: (key: string) => boolean;
  readonly dropIn: (ActiveDropIn & { readonly name: DropInName }) | undefined;
  /** Says that a variable of another exporter names a broker that is not watched; undefined where none does. */
  readonly overlooked: string | undefined;
}

/** What it reads of files is kept for `readOptions`: a pipe, such as `--config <(…)`, gives its text once. */
export function readMode({ argv, env, readFile: read }: OptionSources): Mode {
  const sources = { argv, env, readFile: readOnce(read) };
  const name = modeOf({
    given: peekOption(EXPORTER_OPTIONS, 'drop_in', sources),
    env,
    isOursConfigured: isOursConfigured(argv, env),
  });
  if (name === undefined) {
    const readPlain: Mode['readOptions'] = (own) => ({
      ...readAll(EXPORTER_OPTIONS, { ...sources, argv: own }),
      dropIn: undefined,
      overlooked: overlooked(name, env),
    });
    return { name, table: EXPORTER_OPTIONS, sentence: '', readOptions: readPlain };
  }
  const table = tableOf(name);
  return {
    name,
    table,
    sentence: `Stands in the place of ${DROP_INS[name].title} (drop_in: ${name}).`,
    readOptions: (own) => {
      const read = readAll(table, { ...sources, argv: own });
      const active = DROP_INS[name].activate(read.values);
      const { unchecked, ...followed } = withConsequences(read, active);
      const notices = [...active.notices, ...ignoredNotices(ignoredFlags(table, own)), ...unchecked];
      const theirs = [...active.problems, ...labelProblems(read, active)].filter(({ key }) => !read.isRefused(key));
      return {
        ...read,
        ...followed,
        problems: [...read.problems, ...theirs],
        dropIn: { ...active, notices, name },
        overlooked: overlooked(name, env),
      };
    },
  };
}

function readOnce(readFile: OptionSources['readFile']): OptionSources['readFile'] {
  const texts = new Map<string, string>();
  return (path) => {
    const text = texts.get(path) ?? readFile(path);
    texts.set(path, text);
    return text;
  };
}

type Read = Omit<ReadInMode, 'dropIn' | 'overlooked'>;

function readAll(table: Table, sources: OptionSources): Read {
  const read: ReadOptions<Table> = readOptions(table, sources);
  if (read.ok) return { ...read, problems: [], isRefused: () => false };
  return { ...read.rest, problems: read.problems, isRefused: read.isRefused };
}

/** What follows from the drop-in's own options, in ours and in those that a broker of the file's list has from them. */
function withConsequences(
  { values, sources, sections, isRefused }: Read,
  { consequences, tls = {} }: ActiveDropIn,
): Pick<Read, 'values' | 'sections'> & { readonly unchecked: ReadonlySet<string> } {
  const unchecked = new Set<string>();
  const over = (given: Secret, has: (key: (typeof OUR_TLS)[number]) => boolean = () => false): Secret => {
    const isOurs = OUR_TLS.some((key) => sources[key] !== 'default' || has(key));
    const { url, notices } = asKombu(given.reveal(), tls, isOurs);
    // Without a check there is no host name to speak of.
    if (consequences['broker_tls_verify'] !== false) notices.forEach((notice) => unchecked.add(notice));
    return new Secret(url);
  };
  const brokers = sections.brokers?.map((element) => {
    const shared = Object.keys(element.values).filter((key) => Object.hasOwn(consequences, key) && !element.has(key));
    const followed = Object.fromEntries(shared.map((key) => [key, consequences[key]]));
    const given = element.values.url;
    const url = isRefused(`${element.key}.url`) ? given : over(given, element.has);
    return { ...element, values: { ...element.values, ...followed, url } };
  });
  return {
    // A consequence is the value that the option of that name would have given.
    values: Object.freeze({
      ...values,
      ...consequences,
      broker_url: values.broker_url.map((each) => ({ ...each, url: over(each.url) })),
    }) as unknown as OptionValues<Table>,
    sections: brokers === undefined ? sections : { ...sections, brokers },
    unchecked,
  };
}

/** Whoever sets one of these wants TLS as we have it. */
const OUR_TLS = ['broker_tls_verify', 'broker_tls_ca_file'] as const;

/** With named brokers, what a series says of its broker is that. */
function labelProblems({ values, sections }: Read, { staticLabels = {} }: ActiveDropIn): Problem[] {
  const isNamed = sections.brokers !== undefined || values.broker_url.some(({ name }) => name !== undefined);
  if (!isNamed || !Object.hasOwn(staticLabels, 'broker')) return [];
  const wanted = 'no label broker beside brokers with names: there it says which of them a series is of';
  return [{ key: 'static_label', where: 'among its names', value: 'broker', wanted, fix: 'give it another name' }];
}

function ignoredNotices(flags: readonly string[]): string[] {
  if (flags.length === 0) return [];
  return [
    `these arguments are not known and have no effect, as in the program whose place this is: ${flags.join(', ')}`,
  ];
}

/** Ours as the drop-in changes them, and its own. */
function tableOf(name: DropInName): Table {
  const { amendments, options: own, ignoresUnknownFlags = false }: DropIn = DROP_INS[name];
  const shape: Record<string, Option<unknown>> = {
    ...EXPORTER_OPTIONS.shape,
    // PORT means nothing to those whose place this is, and would move it from theirs.
    port: amended(EXPORTER_OPTIONS.shape.port, { env: `${EXPORTER_OPTIONS.prefix}_PORT` }),
    broker_url: amended(EXPORTER_OPTIONS.shape.broker_url, { fromText: lastUrl }),
  };
  for (const [key, change] of Object.entries(amendments)) {
    const ours = shape[key];
    if (ours === undefined) throw new TypeError(`drop-in ${name} changes an option that there is not: ${key}`);
    shape[key] = amended(ours, change);
  }
  // An amended option reads into the same type as before, so ours have the types that they had.
  const table = options(
    EXPORTER_OPTIONS.prefix,
    { ...shape, ...own },
    { elsewhere: knownElsewhere(name), lastFlagCounts: true, ignoresUnknownFlags },
  );
  return withSections(table, EXPORTER_OPTIONS.sections) as unknown as Table;
}

/** The URL of the last flag, where several give one and none a name to its broker. */
function lastUrl(text: string): string {
  const urls = text.trim().split(/\s+/);
  const areOne = urls.some((url) => !/^[a-z+]+:\/\/[^;]/i.test(url)) || /;\s|\s;/.test(text);
  return areOne ? text : (urls.at(-1) ?? text);
}

/** Whether anything of ours says where the broker is, or how to run. */
function isOursConfigured(argv: OptionSources['argv'], env: OptionSources['env']): boolean {
  if (argv.some((argument) => /^--(?:broker-url|broker-url-file|config)(?:=|$)/.test(argument))) return true;
  return Object.entries(env).some(
    ([name, value = '']) =>
      value !== '' &&
      (name.startsWith(`${EXPORTER_OPTIONS.prefix}_`) || /^CELERY_BROKER_URL(?:_FILE)?$/.test(name)) &&
      // A Service of this name, as the charts of both have, is no setting.
      !isServiceLink(name, env),
  );
}
