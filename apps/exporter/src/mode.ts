// In whose place the exporter stands: finds the drop-in mode before the options are read, and makes the table of
// options that the mode has.
import {
  amended,
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
import { type ActiveDropIn, DROP_INS, type DropInName, knownElsewhere, modeOf } from './dropin/table.js';
import { overTls } from './dropin/python-tls.js';
import { EXPORTER_OPTIONS } from './options.js';

type Table = typeof EXPORTER_OPTIONS;

export interface Mode {
  readonly name: DropInName | undefined;
  /** The options of this mode: ours, with what the drop-in has. */
  readonly table: Table;
  /** What people are told of the mode; empty where the exporter stands in nobody's place. */
  readonly sentence: string;
  readonly readOptions: () => ReadInMode;
}

/** What was read, all that is wrong with it, and what follows from the mode. */
export interface ReadInMode extends OptionReading<Table> {
  /** Where there are any, what was refused is its default in the values, or missing. */
  readonly problems: readonly Problem[];
  /** Whether a key, such as `port` or `brokers[1].url`, was refused. */
  readonly isRefused: (key: string) => boolean;
  readonly dropIn: (ActiveDropIn & { readonly name: DropInName }) | undefined;
}

export function readMode(sources: OptionSources): Mode {
  const { argv, env } = sources;
  const name = modeOf({
    given: peekOption(EXPORTER_OPTIONS, 'drop_in', sources),
    env,
    isOursConfigured: isOursConfigured(argv, env),
  });
  if (name === undefined) {
    const read = (): ReadInMode => ({ ...readAll(EXPORTER_OPTIONS, sources), dropIn: undefined });
    return { name, table: EXPORTER_OPTIONS, sentence: '', readOptions: read };
  }
  const table = tableOf(name);
  return {
    name,
    table,
    sentence: `Stands in the place of ${DROP_INS[name].title} (drop_in: ${name}).`,
    readOptions: () => {
      const read = readAll(table, sources);
      const active = DROP_INS[name].activate(read.values);
      return {
        ...read,
        ...withConsequences(read, active),
        problems: [...read.problems, ...active.problems.filter(({ key }) => !read.isRefused(key))],
        dropIn: { ...active, name },
      };
    },
  };
}

type Read = Omit<ReadInMode, 'dropIn'>;

function readAll(table: Table, sources: OptionSources): Read {
  const read: ReadOptions<Table> = readOptions(table, sources);
  if (read.ok) return { ...read, problems: [], isRefused: () => false };
  return { ...read.rest, problems: read.problems, isRefused: read.isRefused };
}

/** What follows from the drop-in's own options, in ours and in those that a broker of the file's list has from them. */
function withConsequences(
  { values, sections, isRefused }: Read,
  { consequences, isOverTls = false }: ActiveDropIn,
): Pick<Read, 'values' | 'sections'> {
  const over = (url: Secret): Secret => (isOverTls ? new Secret(overTls(url.reveal())) : url);
  const brokers = sections.brokers?.map((element) => {
    const shared = Object.keys(element.values).filter((key) => Object.hasOwn(consequences, key) && !element.has(key));
    const followed = Object.fromEntries(shared.map((key) => [key, consequences[key]]));
    const url = isRefused(`${element.key}.url`) ? element.values.url : over(element.values.url);
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
  };
}

/** Ours as the drop-in changes them, and its own. */
function tableOf(name: DropInName): Table {
  const { amendments, options: own } = DROP_INS[name];
  const shape: Record<string, Option<unknown>> = { ...EXPORTER_OPTIONS.shape };
  for (const [key, change] of Object.entries(amendments)) {
    const ours = shape[key];
    if (ours === undefined) throw new TypeError(`drop-in ${name} changes an option that there is not: ${key}`);
    shape[key] = amended(ours, change);
  }
  // An amended option reads into the same type as before, so ours have the types that they had.
  const table = options(EXPORTER_OPTIONS.prefix, { ...shape, ...own }, { elsewhere: knownElsewhere(name) });
  return withSections(table, EXPORTER_OPTIONS.sections) as unknown as Table;
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
