// Finds the command on a command line: `celery-exporter check-config --config FILE`.
import { flagMeanings, tokensOf } from './arguments.js';
import { didYouMean } from './near-miss.js';
import { shownValue, type Problem } from './problem.js';
import type { OptionsTable } from './table.js';

export type ReadCommand<Name extends string> =
  | {
      readonly ok: true;
      readonly command: Name | 'help' | 'version';
      /** The rest, for `readOptions`. */
      readonly argv: readonly string[];
    }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * The first word that is neither a flag nor a flag's value names the command; without one it is the first of `names`.
 * `--help`, `-h` and `--version` count wherever they stand. `argv` is without the program's own path.
 */
export function readCommand<const Name extends string>(
  argv: readonly string[],
  names: readonly [Name, ...Name[]],
  table: OptionsTable,
): ReadCommand<Name> {
  const tokens = tokensOf(flagMeanings(table), argv);
  for (const token of tokens) {
    const kind = token.kind === 'flag' ? token.meaning?.kind : undefined;
    if (kind === 'help' || kind === 'version') return { ok: true, command: kind, argv: [] };
  }
  const first = tokens.find((token) => token.kind === 'word');
  if (!first) return { ok: true, command: names[0], argv };
  const known = [...names, 'help', 'version'] as const;
  const command = known.find((name) => name === first.word);
  if (command !== undefined) return { ok: true, command, argv: argv.filter((_, index) => index !== first.index) };
  const meant = didYouMean(first.word, known);
  const problem: Problem = {
    key: 'command',
    where: `argument ${first.index + 1}`,
    ...(first.mayShow && { value: shownValue(first.word) }),
    wanted: `one of the commands ${names.join(', ')}`,
    ...(meant && { fix: meant }),
  };
  return { ok: false, problems: [problem] };
}
