// The project's guides as pages of the relay, so that a runbook which a message names opens wherever the relay is
// reached: `/runbooks/` and `/runbooks/ALERT`, one section of the alert handling guide each, and the guides whole below
// `/docs/`, as they lie in the repository. All of it is public documentation: nothing of this relay is in it.
import { createHash } from 'node:crypto';
import { runbookOf } from '@celery-watch/celery-protocol/alerts';
import type { CoreAnswer } from './core.js';
import { type Guide, guidePage, type Language, LANGUAGES, sectionPage, unknownRunbook } from './guide-pages.js';

/** By their paths below the repository. */
export type GuideBook = Readonly<Record<string, Guide>>;

/** What of a request matters here. */
export interface GuideRequest {
  /** Without a slash at its end. */
  readonly path: string;
  /** Whether it has one: relative links start a folder lower then. */
  readonly isFolder: boolean;
  readonly acceptLanguage: string | undefined;
  readonly ifNoneMatch: string | undefined;
}

const RUNBOOKS: Readonly<Record<Language, string>> = {
  en: 'docs/monitoring/ALERT_HANDLING_GUIDE.md',
  'zh-CN': 'docs/monitoring/ALERT_HANDLING_GUIDE.zh-CN.md',
};

/** Whether the path is one of those that `Guides` answers, be there a page or not. */
export const isGuidePath = (path: string): boolean => /^\/(?:runbooks|docs)(?:\/|$)/.test(path);

export class Guides {
  readonly #load: () => Promise<GuideBook>;
  #book: Promise<GuideBook> | undefined = undefined;

  /** @param load called at the first page that is asked for, and again where it failed */
  constructor(load: () => Promise<GuideBook> = loadBuilt) {
    this.#load = load;
  }

  /** Never rejects: a relay whose pages were not built says so. */
  async answer(request: GuideRequest): Promise<CoreAnswer> {
    this.#book ??= this.#load();
    try {
      return answerFrom(await this.#book, request);
    } catch {
      this.#book = undefined;
      return page(404, '<p>The guides were not built with this relay.</p>', request);
    }
  }
}

function answerFrom(book: GuideBook, request: GuideRequest): CoreAnswer {
  const [, top = '', ...rest] = request.path.split('/');
  return top === 'docs' ? guide(book, rest, request) : runbook(book, rest, request);
}

function runbook(book: GuideBook, rest: readonly string[], request: GuideRequest): CoreAnswer {
  const { isFolder } = request;
  const [first, second = ''] = rest;
  // Without a language it is the browser's.
  if (first === undefined) return moved(`${isFolder ? '' : 'runbooks/'}${languageOf(request)}/`);
  const language = LANGUAGES.find((each) => each === first);
  if (language === undefined && rest.length === 1)
    return moved(`${isFolder ? '../' : ''}${languageOf(request)}/${first}`);
  if (language === undefined || rest.length > 2) return missing(book, languageOf(request), '', request);
  if (second === '' && !isFolder) return moved(`${language}/`);
  const name = decoded(second);
  if (second !== '' && isFolder) return moved(`../${second}`);
  const runbooks = book[RUNBOOKS[language]];
  const section = runbooks?.sections.find(({ anchor }) => anchor === (runbookOf(name) ?? name).toLowerCase());
  if (runbooks === undefined || section === undefined) return missing(book, language, name, request);
  return page(200, sectionPage({ file: RUNBOOKS[language], guide: runbooks, section, language }), request);
}

function guide(book: GuideBook, rest: readonly string[], request: GuideRequest): CoreAnswer {
  const { isFolder } = request;
  if (rest.length === 0)
    return moved(`${isFolder ? '' : 'docs/'}README${languageOf(request) === 'en' ? '' : '.zh-CN'}.md`);
  const file = ['docs', ...rest].map(decoded).join('/');
  const found = Object.hasOwn(book, file) && !isFolder ? book[file] : undefined;
  if (found === undefined) return missing(book, languageOf(request), '', request);
  return page(200, guidePage(file, found), request);
}

function missing(book: GuideBook, language: Language, name: string, request: GuideRequest): CoreAnswer {
  const known = book[RUNBOOKS[language]]?.sections ?? [];
  const depth = request.path.split('/').length - (request.isFolder ? 1 : 2);
  return page(404, unknownRunbook({ name, language, known, up: '../'.repeat(depth) }), request);
}

/** Relative, so that it works behind any prefix. */
function moved(location: string): CoreAnswer {
  return { status: 302, headers: { location, vary: 'accept-language', 'cache-control': 'no-cache' }, body: '' };
}

function languageOf({ acceptLanguage = '' }: GuideRequest): Language {
  return /^\s*zh\b/i.test(acceptLanguage) ? 'zh-CN' : 'en';
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

function page(status: number, body: string, { ifNoneMatch }: GuideRequest): CoreAnswer {
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"`;
  const headers = {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'",
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cache-control': 'no-cache',
    etag,
  };
  if (status === 200 && ifNoneMatch?.split(/\s*,\s*/).includes(etag) === true)
    return { status: 304, headers, body: '' };
  return { status, headers, body };
}

/** What the build has made beside this file's folder. */
async function loadBuilt(): Promise<GuideBook> {
  const { PAGES } = (await import(new URL('../guides/pages.js', import.meta.url).href)) as { PAGES: GuideBook };
  return PAGES;
}
