// The text of `--help`: commander lays it out from the options table, so that it is never out of date.
import { Command, Option as CommanderOption, type Help } from 'commander';
import { prose } from '../prose.js';
import { CONFIG_FLAG, fileFlag, offFlag, variablesOf, type Entry, type OptionsTable } from './table.js';

export interface HelpHead {
  /** The program's name as it is typed. */
  readonly program: string;
  /** What it is for, in one or two sentences. */
  readonly intro: string;
  /** How it is called, each way with what it does. */
  readonly usage: Readonly<Record<string, string>>;
}

const WIDTH = 88;
const INDENT = '      ';

const SOURCES = prose`Each option is a flag, an environment variable and a key in the configuration file (its name with _
  for -). A flag counts over the environment, the environment over the file, the file over the default. Durations:
  500ms, 30s, 15m, 1h30m, 7d, or a number of seconds.`;

/** Every option with its flag, variables, default, help and cost; lines of at most 88 columns, if no word is longer. */
export function helpText(table: OptionsTable, { program: name, intro, usage }: HelpHead): string {
  const program = new Command(name)
    .helpOption(false)
    .helpCommand(false)
    .configureOutput({ getOutHelpWidth: () => WIDTH });
  program.description(`${name}: ${intro}${table.configVariable ? `\n\n${SOURCES}` : ''}`);
  const terms = new Map<CommanderOption, string>();
  const add = (flag: string, term: string, ...sentences: readonly string[]): void => {
    const option = new CommanderOption(flag, sentences.join('\n'));
    program.addOption(option);
    terms.set(option, term);
  };
  if (table.configVariable !== undefined) {
    const variable = `Environment: ${table.configVariable}`;
    add(CONFIG_FLAG, `${CONFIG_FLAG}=FILE`, 'The configuration file, in YAML.', variable);
  }
  for (const entry of table.entries) add(entry.flag, termOf(entry), ...sentencesOf(entry));
  add('--help', '--help', 'Shows this text.');
  add('--version', '--version', 'Shows the version.');
  const item = (term: string, text: string, helper: Help): string => {
    const lines = helper.boxWrap(text, WIDTH - INDENT.length).split('\n');
    return [`  ${term}`, ...lines.map((line) => INDENT + line)].join('\n');
  };
  program.configureHelp({
    optionTerm: (option) => terms.get(option) ?? option.flags,
    optionDescription: ({ description }) => description,
    commandUsage: () =>
      Object.entries(usage)
        .map(([call, help]) => `\n${item(call, help, program.createHelp())}`)
        .join(''),
    formatItem: (term: string, _width: number, text: string, helper: Help) => `${item(term, text, helper)}\n`,
  });
  return program.helpInformation().replace('Usage: ', 'Usage:').trimEnd().concat('\n');
}

function termOf({ key, flag, option }: Entry): string {
  if (option.isStructured === true) return `${key}: (in the configuration file only)`;
  const own = option.isSwitch === true ? `${flag}, ${offFlag(flag)}` : `${flag}=${option.placeholder}`;
  const fromFile = option.secret ? [`${fileFlag(flag)}=FILE`] : [];
  return [own, ...fromFile, ...(option.about.aliases ?? []).flatMap((alias) => alias.flag ?? [])].join(', ');
}

function sentencesOf(entry: Entry): string[] {
  const { about, fallback } = entry.option;
  const ofAliases = (about.aliases ?? []).flatMap((alias) => alias.env ?? []);
  const bare = { ...entry, option: { ...entry.option, about: { ...about, aliases: [] } } };
  const variables = [...entry.env.flatMap((name) => variablesOf({ ...bare, env: [name] })), ...ofAliases];
  return [
    about.help,
    ...(about.cost === undefined ? [] : [`Cost: ${about.cost}`]),
    ...(variables.length === 0 ? [] : [`Environment: ${variables.join(', ')}`]),
    fallback.required ? 'Required.' : `Default: ${fallback.text === '' ? 'empty' : (fallback.text ?? 'none')}`,
  ];
}
