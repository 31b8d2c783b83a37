// Placeholders that some template was meant to fill in and nobody did, in a broker URL and in names.

/** Forms that mean nothing in a URL, wherever they stand: `${X}`, `{{ x }}`, `%(x)s`, `<% x %>`. */
const ANYWHERE = /\$\{[^}]*\}?|\{\{.*?\}\}|%\([^)]*\)[a-z]|<%.*?%>/i;
/** In a host, a port, a path: `$X`, `<x>`, `{x}`, `%X%`. */
const IN_PLACE = /\$\(?[A-Za-z_]\w*\)?|<[^>]*>|\{[^}]*\}|%[A-Za-z_]\w*%/;
/** The whole of a user's name or a password: `$X` in capitals, `<x>`, `{x}`, `%X%`, and what logs show of a secret. */
const AS_LOGIN = /^(?:\$\(?[A-Z_][A-Z\d_]{2,}\)?|<[^>]*>|\{\w*\}|%[A-Z_]\w*%|\*{2,}|\[redacted\]|%5Bredacted%5D)$/;

/** What is wrong, as the end of "the broker URL …"; undefined where nothing is. Shows nothing of a login. */
export function unfilled(url: string): string | undefined {
  const [, login, place = ''] = /^[^:]*:\/\/(?:(.*)@)?(.*)$/s.exec(url) ?? [];
  const inPlace = (ANYWHERE.exec(place) ?? IN_PLACE.exec(place))?.[0];
  if (inPlace !== undefined) return `holds the placeholder ${inPlace}, which nothing has filled in: ${FILL}`;
  const parts = login === undefined ? [] : [login, ...login.split(':')];
  if (ANYWHERE.test(login ?? '') || parts.some((part) => AS_LOGIN.test(part)))
    return `has a placeholder for its user name or password, which nothing has filled in: ${FILL} (if that is it, write $ as %24, { as %7B, < as %3C, * as %2A)`;
  return undefined;
}

/** The placeholder in a name that is compared with the workers', such as an exchange; undefined where there is none. */
export function placeholderIn(name: string): string | undefined {
  return (ANYWHERE.exec(name) ?? /^\$\w+$|^<[^>]*>$/.exec(name))?.[0];
}

const FILL = 'wanted the value itself';
