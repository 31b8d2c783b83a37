// Every page and heading under docs/protocol that a comment cites exists: `docs/protocol/events.md#second-ends`.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from '@jest/globals';

const ROOT = fileURLToPath(new URL('../../../', import.meta.url));
const PAGES = 'docs/protocol';
const FOLDERS = ['apps', 'libs', 'tools'];
const NOT_OURS = new Set(['node_modules', 'dist']);

/** What a page offers: itself and each of its headings, as they are cited. */
function citable(page: string, text: string): readonly string[] {
  const prose = text.replace(/^```.*?^```/gms, '');
  return [page, ...[...prose.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) => `${page}#${anchorOf(heading)}`)];
}

/** The anchor of a heading, as GitHub makes it. */
function anchorOf(heading: string): string {
  return heading
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}_ -]/gu, '')
    .replaceAll(' ', '-');
}

/** The citations of a text, in its order. */
function citationsIn(text: string): readonly string[] {
  return text.match(/docs\/protocol\/[\w-]+\.md(?:#[\p{L}\p{N}_-]+)?/gu) ?? [];
}

/** Those that lead nowhere. */
function brokenCitations(text: string, known: ReadonlySet<string>): readonly string[] {
  return citationsIn(text).filter((each) => !known.has(each));
}

/** The links from one page to another, or to a heading of its own, as citations. */
function linksOf(page: string, text: string): string {
  const links = [...text.matchAll(/\]\(((?:[\w-]+\.md)?(?:#[^)]+)?)\)/g)].map(([, link = '']) => link);
  return links.map((link) => (link.startsWith('#') ? page + link : `${PAGES}/${link}`)).join('\n');
}

function sourcesIn(folder: string): readonly string[] {
  return readdirSync(join(ROOT, folder), { withFileTypes: true }).flatMap((each) => {
    const path = `${folder}/${each.name}`;
    if (each.isDirectory()) return NOT_OURS.has(each.name) ? [] : sourcesIn(path);
    return path.endsWith('.ts') ? [path] : [];
  });
}

function textOf(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

describe('the citations of docs/protocol', () => {
  const pages = readdirSync(join(ROOT, PAGES)).map((name) => `${PAGES}/${name}`);
  const known = new Set(pages.flatMap((page) => citable(page, textOf(page))));

  it('in the code all lead to a heading', () => {
    // Not this file, whose examples lead nowhere by intent.
    const sources = FOLDERS.flatMap(sourcesIn).filter((path) => !path.endsWith('/citations.test.ts'));
    const cited = sources.flatMap((path) => citationsIn(textOf(path)).map((citation) => ({ path, citation })));
    expect(cited.length).toBeGreaterThan(30);
    expect(cited.filter(({ citation }) => !known.has(citation))).toEqual([]);
  });

  it('from one page to another all lead to a heading', () => {
    const links = pages.map((page) => linksOf(page, textOf(page)));
    expect(links.join('\n').split('\n').length).toBeGreaterThan(10);
    expect(links.flatMap((each) => brokenCitations(each, known))).toEqual([]);
  });

  it('are found wherever they stand, and those that lead nowhere are named', () => {
    const offered = new Set(citable('docs/protocol/a.md', '# A\n\n## JSON from `Python`\n\n```\n# no heading\n```\n'));
    expect([...offered]).toEqual(['docs/protocol/a.md', 'docs/protocol/a.md#a', 'docs/protocol/a.md#json-from-python']);
    expect(brokenCitations('// (docs/protocol/a.md#a). See docs/protocol/a.md.', offered)).toEqual([]);
    expect(brokenCitations('// (docs/protocol/a.md#json-from-python)', offered)).toEqual([]);
    for (const wrong of ['a.md#invented', 'a.md#A', 'a.md#json', 'a.md#no-heading', 'b.md', 'b.md#a'])
      expect(brokenCitations(`/** Says so (docs/protocol/${wrong}), it claims. */`, offered)).toEqual([
        `docs/protocol/${wrong}`,
      ]);
  });

  it('have one heading each: no page has two with the same anchor', () => {
    for (const page of pages) {
      const anchors = citable(page, textOf(page));
      expect(anchors).toEqual([...new Set(anchors)]);
    }
  });
});
