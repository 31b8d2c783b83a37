// Where the configuration puts the store: mistakes in a database's URL are found when the file is read, under the key
// that was written, and never with the password in the words.
import { describe, expect, test } from '@jest/globals';
import { problemsText, Secret } from '@celery-watch/service';
import { shownPlace } from '../settings/store-place.js';
import { readConfig, type ReadConfig } from './config.js';

const LOG = 'channels: [{ name: log, type: console }]\nroute: { channels: [log] }\n';

function read(text: string, files: Readonly<Record<string, string>> = {}): ReadConfig {
  const readFile = (path: string): string => {
    const found = path === '/etc/relay/alert-relay.yml' ? LOG + text : files[path];
    if (found === undefined) throw Object.assign(new Error('gone'), { code: 'ENOENT' });
    return found;
  };
  return readConfig({ file: '/etc/relay/alert-relay.yml', env: {}, readFile });
}

function said(text: string, files?: Readonly<Record<string, string>>): string {
  const result = read(text, files);
  return result.ok ? 'good' : problemsText(result.problems);
}

const BASE = 'postgres://u:s3cr3t@db.example.com:5432/alerts';

describe('the URL of a database', () => {
  test.each([
    '',
    '?sslmode=require',
    '?schema=team_b&sslmode=verify-full&sslrootcert=system',
    '?sslmode=verify-ca&sslrootcert=/etc/ca.pem',
    '?application_name=relay-1&options=-c%20jit%3Doff',
  ])('is good: %s', (parameters) => {
    expect(said(`storage: { url: "${BASE}${parameters}" }`, { '/etc/ca.pem': 'PEM' })).toBe('good');
  });

  test.each([
    ['?sslmodee=require&shema=team_b', /these parameters alone: .*; did you mean sslmode\?/],
    ['?shema=team_b', /did you mean schema\?/],
    ['?schema=two;x', /schema is of small letters, digits and _/],
    ['?schema=', /schema is of small letters/],
    ['?schema=a&schema=b', /the parameter schema once/],
    ['?sslmode=verify_full', /sslmode is one of disable, .*; did you mean verify-full\?/],
    ['?sslmode=allow', /sslmode is one of disable/],
    ['?sslmode=verify-ca', /whom sslmode=verify-ca trusts: add sslrootcert/],
    ['?sslmode=require&sslrootcert=system', /sslmode=verify-full where sslrootcert is system/],
    ['?sslcert=/etc/c.pem', /both of sslcert and sslkey/],
    ['?sslrootcert=/nowhere.pem', /sslrootcert names a file that can be read; ENOENT/],
    ['?channel_binding=require', /these parameters alone/],
  ])('is refused: %s', (parameters, expected) => {
    const shown = said(`storage: { url: "${BASE}${parameters}" }`);
    expect(shown).toMatch(/^storage\.url: /);
    expect(shown).toMatch(expected);
    expect(shown).not.toMatch(/s3cr3t|nowhere|team_b/);
  });

  test.each(['postgres://u:%zzs3cr3t@h/db', 'postgres://u%:s3cr3t@h/db', 'postgres://u:s3cr3t%@h/db'])(
    'is refused where a % is not encoded: %s',
    (url) => {
      const shown = said(`storage: { url: "${url}" }`);
      expect(shown).toMatch(/^storage\.url: .*two hexadecimal digits behind each %/);
      expect(shown).not.toContain('s3cr3t');
    },
  );

  test('out of a file is told under the key of the file', () => {
    const shown = said('storage: { url_file: db }', { '/etc/relay/db': `${BASE}?sslmod=require\n` });
    expect(shown).toMatch(/^storage\.url_file: alert-relay\.yml:3:22, wanted .*did you mean sslmode\?/);
    expect(shown).not.toContain('s3cr3t');
    expect(said('storage: { url_file: db }', { '/etc/relay/db': 'mysql://u:s3cr3t@h/d' })).toMatch(
      /^storage\.url_file: .*begins with postgres:\/\//,
    );
  });
});

describe('a URL in the wrong place', () => {
  test.each([
    [`storage: { path: "${BASE}" }`, /^storage\.path: .*named by url or url_file/],
    ['storage: { path: "postgres:u:s3cr3t@h" }', /^storage\.path: .*named by url or url_file/],
    [`storage: "${BASE}"`, /^storage: .*\{ url_file: … \} for a PostgreSQL database/],
    ['storage: { url: "u:s3cr3t@h/d", path: x }', /^storage\.url: .*begins with postgres/],
  ])('is refused with the right one: %s', (text, expected) => {
    const shown = said(text);
    expect(shown).toMatch(expected);
    expect(shown).not.toContain('s3cr3t');
  });

  test('a path stays a path, also with a colon in it', () => {
    expect(said('storage: { path: "C:/relay/a.db" }')).toBe('good');
    expect(said('storage: { path: ":memory:" }')).toBe('good');
  });
});

test.each([
  [`${BASE}?schema=team_b&sslmode=require`, 'postgres://db.example.com:5432/alerts?schema=team_b'],
  [`${BASE}?schema=alert_relay`, 'postgres://db.example.com:5432/alerts'],
  ['postgres:///alerts?host=/run/postgresql&password=s3cr3t', 'postgres:///run/postgresql/alerts'],
  [`${BASE}?schema=s3cr3t!`, 'postgres://db.example.com:5432/alerts'],
])('a store is shown with its schema where that is not the usual one: %s', (url, shown) => {
  expect(shownPlace({ kind: 'postgres', url: new Secret(url) })).toBe(shown);
});
