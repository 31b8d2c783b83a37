// The door of the options: declare a table, read it, explain it.
export { readCommand, type ReadCommand } from './command.js';
export { duration, parseDuration, showDuration, type Duration } from './duration.js';
export { didYouMean } from './near-miss.js';
export type { Source } from './given.js';
export { helpText, type HelpHead } from './help-text.js';
export { integer, number, numberList } from './numbers.js';
export { Refusal, type About, type Option } from './option.js';
export { parsePattern, patterns, type Pattern } from './patterns.js';
export { problemsText, type Problem } from './problem.js';
export { readOptions, type OptionSources, type ReadOptions } from './read-options.js';
export { custom, jsonObject, type CustomSpec, type JsonObject } from './structured.js';
export { options, type Entry, type OptionsTable, type OptionValues } from './table.js';
export { boolean, list, oneOf, secret, text, type SecretSpec } from './texts.js';
