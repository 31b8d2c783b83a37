// In whose place the exporter stands: finds the drop-in mode before the options are read, and makes the table of
// options that the mode has.
import {
  amended,
  isServiceLink,
  type Option,
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
import { type ActiveDropIn, DROP_INS, type DropInName, knownElsewhere, modeOf, overlooked } from './dropin/table.js';
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

export type ReadInMode =
  | (Extract<ReadOptions<Table>, { ok: true }> & {
      readonly dropIn: (ActiveDropIn & { readonly name: DropInName }) | undefined;
      /** Says that a variable of another exporter names a broker that is not watched; undefined where none does. */
      readonly overlooked: string | undefined;
    })
  | { readonly ok: false; readonly problems: readonly Problem[] };

export function readMode(sources: OptionSources): Mode {
  const { argv, env } = sources;
  const name = modeOf({
    given: peekOption(EXPORTER_OPTIONS, 'drop_in', sources),
    env,
    isOursConfigured: isOursConfigured(argv, env),
  });
  if (name === undefined) {
    const read = (): ReadInMode => {
      const plain = readOptions(EXPORTER_OPTIONS, sources);
      return plain.ok ? { ...plain, dropIn: undefined, overlooked: overlooked(name, env) } : plain;
    };
    return { name, table: EXPORTER_OPTIONS, sentence: '', readOptions: read };
  }
  const table = tableOf(name);
  return {
    name,
    table,
    sentence: `Stands in the place of ${DROP_INS[name].title} (drop_in: ${name}).`,
    readOptions: () => {
      const read = readOptions(table, sources);
      if (!read.ok) return read;
      const active = DROP_INS[name].activate(read.values);
      if (active.problems.length > 0) return { ok: false, problems: active.problems };
      return {
        ...read,
        ...withConsequences(read, active),
        dropIn: { ...active, name },
        overlooked: overlooked(name, env),
      };
    },
  };
}

type Read = Extract<ReadOptions<Table>, { ok: true }>;

/** What follows from the drop-in's own options, in ours and in those that a broker of the file's list has from them. */
function withConsequences(
  { values, sections }: Read,
  { consequences, isOverTls = false }: ActiveDropIn,
): Pick<Read, 'values' | 'sections'> {
  const over = (url: Secret): Secret => (isOverTls ? new Secret(overTls(url.reveal())) : url);
  const brokers = sections.brokers?.map((element) => {
    const shared = Object.keys(element.values).filter((key) => Object.hasOwn(consequences, key) && !element.has(key));
    const followed = Object.fromEntries(shared.map((key) => [key, consequences[key]]));
    return { ...element, values: { ...element.values, ...followed, url: over(element.values.url) } };
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
