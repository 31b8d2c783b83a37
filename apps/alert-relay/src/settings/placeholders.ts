// Placeholders of a guide or a template that nobody filled in, where a secret is wanted: an address with one can never
// be answered, and says so only in the night of the first alert.

/**
 * Wherever they stand in a URL: `<token>`, `{{ x }}`, `{x}`, `$TOKEN`, `%TOKEN%`, `%(x)s`, and what means "and so on".
 */
const IN_PLACE =
  /<[^>]*>|\{[^}]*\}|\$\(?[A-Z_][A-Z\d_]+\)?|%\(\w+\)s|%(?![\dA-Fa-f]{2})[A-Za-z_]\w*%|…|\[redacted\]|%5Bredacted%5D/;
/** A whole step of a path or value of a query: `XXXX`, `...`, `***`, `your-token`. */
const AS_STEP = /^(?:[Xx]{4,}|\.{3,}|\*{2,}|your[-_].+)$/i;
/** A whole secret, user's name or password. */
const WHOLE =
  /^(?:<[^>]*>|\{\{.*\}\}|\{\w*\}|\$\(?[A-Z_][A-Z\d_]{2,}\)?|%[A-Z_]\w*%|\[redacted\]|%5Bredacted%5D|(?:SEC)?(?:[Xx]{4,}|\.{3,}|\*{2,})|.*….*|your[-_](?:token|secret|password|key))$/i;

const WANTED = 'itself, without a placeholder (such as <token>, $TOKEN, XXXX or …) that nobody filled in';

/** What is wrong with a URL: the end of "wanted …", with nothing of it. */
export function placeholderInUrl(text: string): string | undefined {
  const [, login, place = ''] = /^[^:]*:\/\/(?:([^/?#]*)@)?(.*)$/s.exec(text) ?? [];
  const loginParts = login === undefined ? [] : [login, ...login.split(':')];
  const isUnfilled =
    IN_PLACE.test(place) || place.split(/[/?&=#]/).some((step) => AS_STEP.test(step)) || loginParts.some(isPlaceholder);
  return isUnfilled ? `the URL ${WANTED}` : undefined;
}

/** Whether the whole of a secret is one. */
export function isPlaceholder(text: string): boolean {
  return WHOLE.test(text.trim());
}

export const SECRET_WANTED = `the secret ${WANTED}`;
