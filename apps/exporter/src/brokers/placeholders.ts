// Placeholders that some template was meant to fill in and nobody did, in a broker URL and in names.

/** Forms that mean nothing in a URL, wherever they stand: `${X}`, `{{ x }}`, `%(x)s`, `<% x %>`. */
const ANYWHERE = /\$\{[^}]*\}?|\{\{.*?\}\}|%\([^)]*\)[a-z]|<%.*?%>/i;
/**
 * In a host, a port, a path: `$X`, `<x>`, `{x}`, `%X%`. Where both signs of percent begin an encoded byte
 * (`%C3%A9`, `%A9-x%20`), they are that.
 */
const IN_PLACE = /\$\(?[A-Za-z_]\w*\)?|<[^>]*>|\{[^}]*\}|%(?![\dA-Fa-f]{2}\w*%[\dA-Fa-f]{2})[A-Za-z_]\w*%/;
/** The same as `@X@` and `@@X@@`, looked for in the whole URL, since an @ parts the login from the rest. */
const BETWEEN_ATS = /(?<=[/@])@+[A-Za-z_]\w*@+(?=[:/?;]|$)/;
/** A whole host: `__X__`, and what programs write in place of a value that they do not have. */
const AS_HOST = /^(?:__\w+__|[Nn]one|null|NULL|undefined)$/;
/**
 * The whole of a user's name or a password: `$X` in capitals, `<x>`, `{x}`, `%X%`, `@@X@@`, `__X__`, and what logs show
 * of a secret. Not `None`: Redis takes any password where it wants none, so that workers may work with it.
 */
const AS_LOGIN =
  /^(?:\$\(?[A-Z_][A-Z\d_]{2,}\)?|<[^>]*>|\{\w*\}|%[A-Z_]\w*%|@@[A-Z_]\w*@@|__[A-Z][A-Z\d_]*__|\*{2,}|\[redacted\]|%5Bredacted%5D)$/;

/** What is wrong, as the end of "the broker URL …"; undefined where nothing is. Shows nothing of a login. */
export function unfilled(url: string): string | undefined {
  const [, login, place = ''] = /^[^:]*:\/\/(?:(.*)@)?(.*)$/s.exec(url) ?? [];
  const inPlace =
    (ANYWHERE.exec(place) ?? IN_PLACE.exec(place) ?? BETWEEN_ATS.exec(url))?.[0] ??
    hostsOf(url).find((host) => AS_HOST.test(host));
  if (inPlace !== undefined) return `holds the placeholder ${inPlace}, which nothing has filled in: ${FILL}`;
  const parts = login === undefined ? [] : [login, ...login.split(':')];
  if (ANYWHERE.test(login ?? '') || parts.some((part) => AS_LOGIN.test(part)))
    return `has a placeholder for its user name or password, which nothing has filled in: ${FILL} (if that is it, write $ as %24, { as %7B, < as %3C, * as %2A, _ as %5F)`;
  return undefined;
}

/** Of each part of a list. */
function hostsOf(url: string): readonly string[] {
  return url.split(';').map((part) => /^\s*(?:[a-z+]*:\/\/)?(?:.*@)?([^:/?]*)/is.exec(part)?.[1] ?? '');
}

/** The placeholder in a name that is compared with the workers', such as an exchange; undefined where there is none. */
export function placeholderIn(name: string): string | undefined {
  return (ANYWHERE.exec(name) ?? /^(?:\$\w+|<[^>]*>|@@\w+@@|%[A-Z_]\w*%|__[A-Z][A-Z\d_]*__)$/.exec(name))?.[0];
}

const FILL = 'wanted the value itself';
