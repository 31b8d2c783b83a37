// The shape of Prometheus's web configuration file: every key, its kind, its default.
import { z } from 'zod';
import { boolean } from '../options/values.js';
import { duration } from '../options/duration.js';
import { integer, oneOf } from '../options/values.js';
import { CIPHER_NAMES, CLIENT_AUTH_TYPES, CURVE_NAMES, OLD_REQUIRE_ANY, TLS_VERSIONS } from './go-tls-names.js';

/** Prometheus takes a number for a text, and nothing at all for a key that is not set. */
const text = z
  .union([z.string(), z.number().transform(String), z.boolean().transform(String)], 'a text')
  .nullish()
  .transform((given) => (given === null || given === '' ? undefined : given));
const names = (known: readonly string[], wanted: string) =>
  z.array(z.enum(known as [string, ...string[]], `one of ${known.join(', ')}`), wanted).nullish();
const version = oneOf(Object.keys(TLS_VERSIONS) as (keyof typeof TLS_VERSIONS)[]).nullish();
/** What Node.js can send: else each answer would fail. */
const headerText = text.refine((given) => given === undefined || /^[\t\x20-\x7e\x80-\xff]*$/.test(given), {
  error: 'one line of Latin-1 signs',
});
/** `deny`, or nothing. */
const headerOf = (...values: readonly string[]) =>
  text.refine((given) => given === undefined || values.includes(given), { error: values.join(' or ') });

const tls = z.strictObject({
  cert: text,
  key: text,
  client_ca: text,
  cert_file: text,
  key_file: text,
  client_ca_file: text,
  client_auth_type: z
    .enum([...CLIENT_AUTH_TYPES, OLD_REQUIRE_ANY, ''], `one of ${CLIENT_AUTH_TYPES.join(', ')}`)
    .nullish(),
  client_allowed_sans: z.array(z.string('a name'), 'a list of names').nullish(),
  min_version: version,
  max_version: version,
  cipher_suites: names(CIPHER_NAMES, "a list of Go's names of cipher suites"),
  prefer_server_cipher_suites: boolean().nullish(),
  curve_preferences: names(CURVE_NAMES, `a list of ${CURVE_NAMES.join(', ')}`),
});

const headers = z.strictObject({
  'Content-Security-Policy': headerText,
  'X-Frame-Options': headerOf('deny', 'sameorigin'),
  'X-Content-Type-Options': headerOf('nosniff'),
  'X-XSS-Protection': headerText,
  'Strict-Transport-Security': headerText,
});

const http = z.strictObject({ http2: boolean().nullish(), headers: headers.nullish() });

const limit = z.strictObject({
  /** Seconds. */
  interval: duration({ min: 0 }).nullish(),
  burst: integer({ min: 0 }).nullish(),
});

export const webFileSchema = z.strictObject(
  {
    tls_server_config: tls.nullish(),
    http_server_config: http.nullish(),
    /** Read by itself: none of it may be repeated. */
    basic_auth_users: z.unknown().optional(),
    rate_limit: limit.nullish(),
  },
  'tls_server_config, http_server_config, basic_auth_users or rate_limit, each with keys below it',
);
export type FileShape = z.infer<typeof webFileSchema>;
export type TlsShape = z.infer<typeof tls>;

export const KNOWN_KEYS: readonly string[] = [webFileSchema, tls, http, headers, limit].flatMap(({ shape }) =>
  Object.keys(shape),
);
