// One line for people about what a server said, without the secrets that servers like to repeat.
import { clip, redactUrl } from '@celery-watch/service';

/** Makes the detail of a verdict from whatever a server said. */
export type Say = (text: string) => string;

const LONGEST = 300;
/**
 * Much more than is shown, so that nothing of what is cut in its middle is: to look for passwords in a page of 64 kB
 * takes seconds.
 */
const MOST_LOOKED_AT = 4_000;

/** Knows the channel's secrets: texts, and the tokens that stand in the path, the query or the password of URLs. */
export function sayWithout(secrets: readonly string[]): Say {
  const hidden = [...new Set(secrets.flatMap(tokensOf))].sort((a, b) => b.length - a.length);
  return (text) => {
    let line = text;
    for (const each of hidden) line = line.replaceAll(each, '[redacted]');
    line = redactUrl(line.slice(0, MOST_LOOKED_AT))
      .toWellFormed()
      .replace(/[\p{Cc}\s]+/gu, ' ')
      .trim();
    return clip(line, LONGEST);
  };
}

function tokensOf(secret: string): string[] {
  const url = /^[a-z]+:\/\//i.test(secret) ? readUrl(secret) : undefined;
  if (url === undefined) return withDecoded(secret).filter((each) => each.length >= 4);
  const path = url.pathname.split('/').filter((each) => each.length >= 20 || (each.length >= 8 && /\d/.test(each)));
  const query = [...url.searchParams.values()].filter((each) => each.length >= 6);
  return [
    secret,
    ...[...path, ...query].flatMap(withDecoded),
    ...(url.password === '' ? [] : withDecoded(url.password)),
  ];
}

function withDecoded(text: string): string[] {
  const forms = [text, encodeURIComponent(text.toWellFormed())];
  try {
    forms.push(decodeURIComponent(text));
  } catch {
    // Not percent-encoded, so there is no other form of it.
  }
  return forms.filter((each) => each !== '');
}

function readUrl(text: string): URL | undefined {
  try {
    return new URL(text);
  } catch {
    return undefined;
  }
}
