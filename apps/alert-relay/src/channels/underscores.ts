// Underscores in the text of others: inside of a word no client reads them as a sign and people copy them, elsewhere
// they may begin emphasis.

/** A whole run at a time, so that none is looked at twice; a run within a word is the first group. */
const RUNS = /((?<=[\p{L}\p{N}])_+(?=[\p{L}\p{N}]))|_+/gu;

/** Changes the runs of underscores that do not stand between letters or digits. In time linear to the text. */
export function changeLooseUnderscores(text: string, change: (run: string) => string): string {
  return text.replace(RUNS, (run: string, inWord: string | undefined) => inWord ?? change(run));
}
