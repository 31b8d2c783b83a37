// How the guides look in a browser, on a phone at night as well: no script, light and dark, links that work behind any
// prefix.
import path from 'node:path';
import { escape } from '@celery-watch/html';

/** One guide, as tools/render-guides.js makes it. */
export interface Guide {
  readonly title: string;
  /** Each from one heading of the second level to the next; the first is what stands before, with an empty anchor. */
  readonly sections: readonly { readonly anchor: string; readonly html: string }[];
}

export const LANGUAGES = ['en', 'zh-CN'] as const;
export type Language = (typeof LANGUAGES)[number];
type Section = Guide['sections'][number];

const WORDS = {
  en: {
    all: 'All runbooks',
    whole: 'The whole guide',
    documents: 'All documents',
    other: '简体中文',
    none: 'Not here',
  },
  'zh-CN': { all: '全部处理手册', whole: '完整手册', documents: '全部文档', other: 'English', none: '没有此页' },
} as const;

/** A guide as it is: its own links lead to the pages of the others. */
export function guidePage(file: string, { title, sections }: Guide): string {
  const language = languageOf(file);
  const words = WORDS[language];
  const up = path.posix.relative(path.posix.dirname(file), '.');
  const head = [
    [`${up}/runbooks/${language}/`, words.all],
    [`${up}/docs/README${language === 'en' ? '' : '.zh-CN'}.md`, words.documents],
    [path.posix.basename(twinOf(file)), words.other],
  ] as const;
  return document({ language, title, head, body: sections.map(({ html }) => html).join('') });
}

/** One section of the alert handling guide at `/runbooks/LANGUAGE/NAME`; the first one is the list of all. */
export function sectionPage(of: {
  readonly file: string;
  readonly guide: Guide;
  readonly section: Section;
  readonly language: Language;
}): string {
  const { file, guide, section, language } = of;
  const words = WORDS[language];
  const known = new Map(guide.sections.map((each) => [each.anchor, headingOf(each)]));
  const name = headingOf(section);
  const other = language === 'en' ? 'zh-CN' : 'en';
  const head = [
    ['./', words.all],
    [`../../${file}${section.anchor === '' ? '' : `#${section.anchor}`}`, words.whole],
    [`../${other}/${name}`, words.other],
  ] as const;
  const home = path.posix.dirname(file);
  const body = section.html.replaceAll(/(<a href=")([^"]*)(")/g, (_, before: string, href: string, after: string) => {
    return `${before}${moveLink(href, { file, home, known })}${after}`;
  });
  const title = name === '' ? guide.title : `${name} · ${guide.title}`;
  return document({ language, title, head: section.anchor === '' ? head.slice(1) : head, body });
}

/** A link of the guide, as it must be on a page two folders deep. */
function moveLink(
  href: string,
  { file, home, known }: { readonly file: string; readonly home: string; readonly known: ReadonlyMap<string, string> },
): string {
  if (/^[a-z][a-z0-9+.-]*:/i.test(href)) return href;
  const [place = '', anchor] = href.split('#');
  if (place === '') {
    const section = known.get(anchor ?? '');
    return section === undefined ? `../../${file}#${anchor ?? ''}` : section;
  }
  return `../../${path.posix.join(home, place)}${anchor === undefined ? '' : `#${anchor}`}`;
}

/** What is told of an alert that has no runbook here, with all that have one. */
export function unknownRunbook(of: {
  readonly name: string;
  readonly language: Language;
  readonly known: readonly Section[];
  /** To the root of the relay's paths. */
  readonly up: string;
}): string {
  const { name, language, known, up } = of;
  const words = WORDS[language];
  const names = known.map(headingOf).filter((each) => each !== '');
  const near = names.filter((each) => each.toLowerCase().slice(0, 9) === name.toLowerCase().slice(0, 9));
  const list = [...new Set([...near, ...names])].map(
    (each) => `<li><a href="${up}runbooks/${language}/${each}">${each}</a></li>`,
  );
  const title = name === '' ? words.none : `${words.none}: ${escape(name.slice(0, 100))}`;
  return document({ language, title, head: [], body: `<h1>${title}</h1><ul>${list.join('')}</ul>` });
}

const languageOf = (file: string): Language => (file.endsWith('.zh-CN.md') ? 'zh-CN' : 'en');
const twinOf = (file: string): string =>
  file.endsWith('.zh-CN.md') ? file.replace(/\.zh-CN\.md$/, '.md') : file.replace(/\.md$/, '.zh-CN.md');

/** The words of its heading of the second level; empty for what stands before the first. */
function headingOf({ html }: Section): string {
  return /<h2[^>]*>(.*?)<\/h2>/.exec(html)?.[1]?.replaceAll(/<[^>]+>/g, '') ?? '';
}

function document(of: {
  readonly language: Language;
  /** HTML already, as what tools/render-guides.js makes is. */
  readonly title: string;
  readonly head: readonly (readonly [string, string])[];
  readonly body: string;
}): string {
  const { language, title, head, body } = of;
  const links = head.map(([href, words]) => `<a href="${href}">${words}</a>`).join(' · ');
  return `<!DOCTYPE html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title><style>${STYLE}</style></head>
<body><nav>${links}</nav><main>${body}</main></body></html>
`;
}

const STYLE = `
:root { color-scheme: light dark; --line: light-dark(#d0d5dd, #475467); --code: light-dark(#f2f4f7, #1d2433); }
body { font: 1rem/1.55 system-ui, sans-serif; margin: 0 auto; max-width: 60rem; padding: 1rem; overflow-wrap: anywhere; }
nav { font-size: .9rem; padding-bottom: .5rem; border-bottom: 1px solid var(--line); }
h1 { font-size: 1.5rem; line-height: 1.25; } h2 { font-size: 1.25rem; margin-top: 2rem; } h3 { font-size: 1.05rem; }
main > h2:first-child { margin-top: 1rem; font-size: 1.5rem; }
code { font: .9em/1.5 ui-monospace, monospace; background: var(--code); border-radius: 3px; padding: .1em .25em; }
pre { background: var(--code); border-radius: 6px; padding: .75rem; overflow-x: auto; }
pre code { background: none; padding: 0; overflow-wrap: normal; }
.wide { overflow-x: auto; } table { border-collapse: collapse; } td, th { border: 1px solid var(--line); padding: .35rem .6rem; text-align: left; vertical-align: top; }
a { color: light-dark(#175cd3, #84caff); }
`;
