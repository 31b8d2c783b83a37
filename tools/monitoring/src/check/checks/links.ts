// Checks that every relative link of a page leads to a file that is there, and to a heading where it names one; that
// each guide has its Chinese twin; and that the index of the documents leads to every guide.
import path from 'node:path';
import type { Problem } from '../problem.js';
import { readGuide } from '../sources/markdown.js';

/** What the check needs of the repository. */
export interface Tree {
  /** The text of a file; undefined where there is none. Not for folders. */
  readonly text: (file: string) => string | undefined;
  /** Whether there is a file or a folder. */
  readonly exists: (file: string) => boolean;
}

/** @param pages paths below the repository */
export function checkLinks(pages: readonly string[], tree: Tree): Problem[] {
  return pages.flatMap((file) => {
    const text = tree.text(file) ?? '';
    return linksOf(text).flatMap(({ target, line }) => {
      const why = whyDead(file, target, tree);
      return why === undefined ? [] : [{ file, line, text: why }];
    });
  });
}

/** Guides that stand alone in one language, and those that the index of their language does not lead to. */
export function checkIndex(guides: readonly string[], tree: Tree): Problem[] {
  return guides.flatMap((file) => {
    const isChinese = file.endsWith('.zh-CN.md');
    const twin = isChinese ? file.replace(/\.zh-CN\.md$/, '.md') : file.replace(/\.md$/, '.zh-CN.md');
    const index = isChinese ? 'docs/README.zh-CN.md' : 'docs/README.md';
    const found = linksOf(tree.text(index) ?? '').some(
      ({ target }) => path.posix.join('docs', target.replace(/#.*/s, '')) === file,
    );
    return [
      ...(tree.exists(twin) ? [] : [{ file, text: `has no twin in the other language, ${twin}` }]),
      ...(found ? [] : [{ file: index, text: `does not lead to ${file}` }]),
    ];
  });
}

function whyDead(file: string, target: string, tree: Tree): string | undefined {
  const [place = '', anchor] = target.split('#');
  const goal = place === '' ? file : path.posix.join(path.posix.dirname(file), decodeURIComponent(place));
  if (goal.startsWith('..') || !tree.exists(goal)) return `the link ${target} leads to ${goal}, which is not there`;
  if (anchor === undefined || !goal.endsWith('.md')) return undefined;
  const wanted = decodeURIComponent(anchor);
  return anchorsOf(tree.text(goal) ?? '').has(wanted) ? undefined : `${goal} has no heading #${wanted}`;
}

interface Link {
  readonly target: string;
  readonly line: number;
}

/** Links and pictures to places of the repository, outside fences and code. */
export function linksOf(text: string): readonly Link[] {
  return readGuide(text).prose.flatMap(({ text: content, line }) =>
    [...content.replaceAll(/`[^`]*`/g, '').matchAll(/\]\(([^()\s]+(?:\([^()\s]*\)[^()\s]*)?)\)/g)]
      .map(([, target = '']) => ({ target, line }))
      .filter(({ target }) => !/^(?:[a-z][a-z0-9+.-]*:|\/\/)/i.test(target)),
  );
}

/** The anchors of a page's headings, as GitHub makes them: a second one of a name gets a number. */
export function anchorsOf(text: string): ReadonlySet<string> {
  const anchors = new Set<string>();
  for (const { text: heading } of readGuide(text).headings) {
    const anchor = heading
      .replaceAll(/\[([^\]]*)\]\([^)]*\)/g, '$1')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{M}\p{N}_ -]/gu, '')
      .replaceAll(' ', '-');
    let unused = anchor;
    for (let n = 1; anchors.has(unused); n++) unused = `${anchor}-${String(n)}`;
    anchors.add(unused);
  }
  return anchors;
}
