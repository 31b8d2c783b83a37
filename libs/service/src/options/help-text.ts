// The text of `--help`, made from the options table, so that neither can be out of date.
import { CONFIG_FLAG, fileVariable, offFlag, type Entry, type OptionsTable } from './table.js';

export interface HelpHead {
  /** The program's name as it is typed. */
  readonly program: string;
  /** What it is for, in one or two sentences. */
  readonly intro: string;
  /** Lines that show how it is called. */
  readonly usage: string | readonly string[];
}

const WIDTH = 88;
const INDENT = '      ';

/**
 * Every option with its flag, variables, default, help and cost; lines of at most 88 columns, unless one word is
 * longer.
 */
export function helpText(table: OptionsTable, { program, intro, usage }: HelpHead): string {
  return [
    ...wrap(`${program}: ${intro}`, ''),
    '',
    'Usage:',
    ...[usage].flat().map((line) => `  ${line}`),
    '',
    'Each option is a flag, an environment variable and a key in the configuration file (its name with _ for -).',
    'A flag counts over the environment, the environment over the file, the file over the default.',
    'Durations: 500ms, 30s, 15m, 1h30m, 7d, or a number of seconds.',
    '',
    'Options:',
    ...fixedOption(`${CONFIG_FLAG}=FILE`, 'The configuration file, in YAML.', `Environment: ${table.configVariable}`),
    ...table.entries.flatMap(optionLines),
    ...fixedOption('--help', 'Shows this text.'),
    ...fixedOption('--version', 'Shows the version.'),
  ]
    .flatMap((line) => (line.length > WIDTH ? wrap(line, '') : [line]))
    .join('\n')
    .concat('\n');
}

function optionLines({ flag, env, option }: Entry): string[] {
  const { help, cost } = option.about;
  const variables = option.secret ? env.flatMap((name) => [name, fileVariable(name)]) : env;
  return [
    `  ${option.isSwitch ? `${flag}, ${offFlag(flag)}` : `${flag}=${option.placeholder}`}`,
    ...wrap(help, INDENT),
    ...(cost === undefined ? [] : wrap(`Cost: ${cost}`, INDENT)),
    ...wrap(`Environment: ${variables.join(', ')}`, INDENT),
    ...wrap(defaultLine(option), INDENT),
    '',
  ];
}

function defaultLine({ fallback }: Entry['option']): string {
  if (fallback.required) return 'Required.';
  if (fallback.text === undefined) return 'Default: none';
  return `Default: ${fallback.text === '' ? 'empty' : fallback.text}`;
}

function fixedOption(flag: string, ...sentences: readonly string[]): string[] {
  return [`  ${flag}`, ...sentences.flatMap((sentence) => wrap(sentence, INDENT)), ''];
}

function wrap(text: string, indent: string): string[] {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(/\s+/)) {
    if (line.trim() !== '' && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = indent;
    }
    line += line.trim() === '' ? word : ` ${word}`;
  }
  lines.push(line);
  return lines;
}
