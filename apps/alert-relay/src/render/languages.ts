// The words of each language: a new one is one file and one line here.
import type { Locale } from '../settings/locale.js';
import { WORDS_EN } from './words-en.js';
import { WORDS_ZH } from './words-zh.js';
import type { Words } from './words.js';

const LANGUAGES = { en: WORDS_EN, 'zh-CN': WORDS_ZH } satisfies Record<Locale, Words>;

export function wordsOf(locale: Locale): Words {
  return LANGUAGES[locale];
}
