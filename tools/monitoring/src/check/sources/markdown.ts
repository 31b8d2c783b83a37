// The parts of a Markdown guide that can be checked: prose, headings, fences with PromQL, and inline code.

export interface Piece {
  readonly text: string;
  /** Line of its beginning, from 1. */
  readonly line: number;
}

export interface Guide {
  /** Every line outside of fences. */
  readonly prose: readonly Piece[];
  /** Without the signs of code. */
  readonly headings: readonly Piece[];
  /** Single queries: those of one fence are parted by blank lines, or stand one on each line. */
  readonly queries: readonly Piece[];
  readonly inlineCode: readonly Piece[];
}

/** @param isQuery whether a text is one query; decides how a fence is parted */
export function readGuide(text: string, isQuery: (text: string) => boolean = () => true): Guide {
  const prose: Piece[] = [];
  const headings: Piece[] = [];
  const queries: Piece[] = [];
  const inlineCode: Piece[] = [];
  let fence: { readonly mark: string; readonly isPromql: boolean; readonly body: Piece[] } | undefined;
  text.split('\n').forEach((content, i) => {
    const line = i + 1;
    const [, mark, language = ''] = /^\s*(```+|~~~+)\s*(\S*)/.exec(content) ?? [];
    if (fence !== undefined) {
      if (mark?.startsWith(fence.mark) === true && language === '') {
        if (fence.isPromql) queries.push(...partQueries(fence.body, isQuery));
        fence = undefined;
      } else {
        fence.body.push({ text: content, line });
      }
    } else if (mark !== undefined) {
      fence = { mark, isPromql: language === 'promql', body: [] };
    } else {
      prose.push({ text: content, line });
      const [, heading] = /^#{1,6}\s+(.*?)\s*#*$/.exec(content) ?? [];
      if (heading !== undefined) headings.push({ text: heading.replaceAll('`', ''), line });
      for (const [, , code = ''] of content.matchAll(/(`+)(.+?)\1(?!`)/g)) inlineCode.push({ text: code.trim(), line });
    }
  });
  return { prose, headings, queries, inlineCode };
}

function partQueries(body: readonly Piece[], isQuery: (text: string) => boolean): Piece[] {
  const paragraphs: Piece[][] = [[]];
  for (const piece of body) {
    if (piece.text.trim() === '') paragraphs.push([]);
    else paragraphs.at(-1)?.push(piece);
  }
  return paragraphs.flatMap((lines) => {
    const [first] = lines;
    if (first === undefined) return [];
    const whole = { text: lines.map(({ text }) => text).join('\n'), line: first.line };
    const isComment = ({ text }: Piece): boolean => text.trim().startsWith('#');
    if (lines.every(isComment)) return [];
    if (isQuery(whole.text)) return [whole];
    const single = lines.filter((piece) => !isComment(piece));
    return single.every(({ text }) => isQuery(text)) ? single : [whole];
  });
}
