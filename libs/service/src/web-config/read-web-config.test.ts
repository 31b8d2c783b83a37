// What the web configuration file may say without a certificate: read, or refused by key and line, and never a secret.
import { describe, expect, it } from '@jest/globals';
import { problemsText } from '../options/problem.js';
import { readWebConfig } from './read-web-config.js';

const HASH = '$2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG';
const read = (text: string, files: Readonly<Record<string, string>> = {}) =>
  readWebConfig({
    file: '/etc/web.yml',
    readFile: (path) => {
      const found = path === '/etc/web.yml' ? text : files[path];
      if (found === undefined) throw Object.assign(new Error('no such file'), { code: 'ENOENT' });
      return found;
    },
  });
const refusedFor = (text: string): string => {
  const { result } = read(text);
  if (result.ok) throw new Error('it was accepted');
  return problemsText(result.problems);
};

/** Ten to the fifth. */
const ALIASES = ['a', 'b', 'c', 'd', 'e']
  .map((name, n) => `${name}: &${name} [${(n === 0 ? 'x' : `*${'abcde'[n - 1] ?? ''}`).concat(',').repeat(10)}]`)
  .join('\n');

describe('is taken', () => {
  it.each(['', '# nothing\n', 'tls_server_config:\n', 'tls_server_config: {}\nbasic_auth_users: {}\n'])(
    '%j',
    (text) => {
      expect(read(text).result).toMatchObject({ ok: true, config: { tls: undefined, users: [] } });
    },
  );

  it('with users, headers and a limit', () => {
    const text =
      `basic_auth_users: {ann: ${HASH}}\nrate_limit: {interval: 500ms, burst: 20}\n` +
      'http_server_config: {http2: true, headers: {X-XSS-Protection: 1, X-Frame-Options: deny, Strict-Transport-Security: ""}}\n';
    const { result } = read(text);
    expect(result).toMatchObject({
      ok: true,
      config: {
        users: [{ name: 'ann', hash: HASH }],
        headers: { 'X-XSS-Protection': '1', 'X-Frame-Options': 'deny' },
        rateLimit: { intervalMs: 500, burst: 20 },
      },
      secretFiles: ['/etc/web.yml'],
    });
    expect(result.ok && result.notices).toEqual([
      'http2 has no effect: this program speaks HTTP/1.1',
      'passwords of basic_auth_users cross the network in the clear: tls_server_config is not set',
    ]);
  });
});

describe('is refused', () => {
  it.each([
    ['tls_server_confg: {}', /tls_server_confg: web\.yml:1:\d+, wanted no such key; did you mean tls_server_config\?/],
    ['tls_server_config:\n  cert_filse: x', /tls_server_config\.cert_filse: web\.yml:2:\d+.*did you mean cert_file\?/],
    ['tls_server_config: {min_version: TLS111}', /min_version.*TLS111.*TLS12, TLS13/],
    ['tls_server_config: {client_auth_type: Verify}', /client_auth_type.*RequireAndVerifyClientCert/],
    ['tls_server_config: {cipher_suites: [RC4]}', /cipher_suites\[0\]/],
    ['tls_server_config: {curve_preferences: [P-256]}', /curve_preferences\[0\].*CurveP256/],
    ['tls_server_config: {min_version: TLS13}', /cert_file.*\n.*key_file/],
    ['tls_server_config: {cert_file: gone.crt, key_file: gone.key}', /cert_file: web\.yml:1:\d+, .*does not exist/],
    ['http_server_config: {headers: {Content-Type: x}}', /headers\.Content-Type.*no such key/],
    ['http_server_config: {headers: {X-Frame-Options: x}}', /X-Frame-Options.*deny or sameorigin/],
    ['http_server_config: {headers: {X-XSS-Protection: "1\\n2"}}', /X-XSS-Protection.*one line/],
    ['http_server_config: {headers: {Content-Security-Policy: "中"}}', /Content-Security-Policy.*one line/],
    [ALIASES, /YAML.*aliases/],
    ['rate_limit: {interval: soon}', /rate_limit\.interval/],
    ['basic_auth_users: [ann]', /basic_auth_users.*names of users/],
    [`basic_auth_users: {"a:b": ${HASH}}`, /without a colon/],
    ['a: [', /YAML/],
    ['basic_auth_users: {}\nbasic_auth_users: {}\n', /each key only once/],
  ])('%j', (text, words) => {
    expect(refusedFor(text)).toMatch(words);
  });

  it.each([
    'basic_auth_users: {ann: hush-hush}',
    'basic_auth_users: hush-hush',
    'basic_auth_users:\n  ann: $2y$99$hush-hush',
    'basic_auth_users: {ann: {password: hush-hush}}',
    'tls_server_config: {cert_file: /x, key: hush-hush}',
    'tls_server_config: {key: {hush-hush: 1}}',
    'tls_server_config: hush-hush',
    'hush-hush',
  ])('and %j is not repeated', (text) => {
    expect(refusedFor(text)).not.toMatch(/hush/);
  });

  it('where the file is not there', () => {
    const { result } = readWebConfig({
      file: 'gone.yml',
      readFile: () => {
        throw Object.assign(new Error('no'), { code: 'ENOENT' });
      },
    });
    expect(result).toMatchObject({ ok: false, problems: [{ key: 'web_config_file', fix: 'correct the path' }] });
  });
});

it('a change of any file that it names can be seen', () => {
  const text = 'tls_server_config: {cert_file: a.crt, key_file: a.key}';
  const [one, other, gone] = [{ '/etc/a.crt': '1', '/etc/a.key': '2' }, { '/etc/a.crt': '1', '/etc/a.key': '3' }, {}];
  const readings = [one, other, gone].map((files) => read(text, files));
  expect(new Set(readings.map(({ digest }) => digest)).size).toBe(3);
  expect(readings[0]?.files).toEqual(['/etc/web.yml', '/etc/a.crt', '/etc/a.key']);
});
