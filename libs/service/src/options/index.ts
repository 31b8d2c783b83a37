// The door of the options: declare a table, read it, explain it; and what reads any YAML file with zod.
export { readCommand, type ReadCommand } from './command-line.js';
export { duration, parseDuration, showDuration, type Duration } from './duration.js';
export { ignoredFlags } from './flags.js';
export { helpText, type HelpHead } from './help-text.js';
export { problemsOf, type Parsed } from './issues.js';
export { didYouMean } from './near-miss.js';
export { parsePattern, patterns, type Pattern } from './patterns.js';
export { problemsText, type Problem } from './problem.js';
export {
  peekOption,
  readOptions,
  type Element,
  type OptionReading,
  type OptionSources,
  type ReadOptions,
} from './read-options.js';
export { secretCautions, type SecretPlace } from './secret-places.js';
export { isServiceLink } from './service-links.js';
export { shownName, shownText, shownValue } from './shown.js';
export type { Source } from './sources.js';
export { readFields, structured, type Mistake, type Report } from './structured.js';
export {
  amended,
  option,
  options,
  section,
  withSections,
  type About,
  type Alias,
  type Amendment,
  type Entry,
  type Option,
  type OptionsTable,
  type OptionValues,
  type Section,
} from './table.js';
export {
  boolean,
  custom,
  integer,
  jsonObject,
  list,
  number,
  numberList,
  oneOf,
  pairs,
  PrintableError,
  readPairs,
  secret,
  text,
} from './values.js';
export {
  aliasProblems,
  parseYamlFile,
  showPath,
  type FilePositions,
  type KeyPath,
  type YamlFile,
} from './yaml-file.js';
