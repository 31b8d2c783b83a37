// The web configuration file held against promtool: what Prometheus takes is taken here, what it refuses is refused,
// but for the differences that are named.
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, it } from '@jest/globals';
import { readWebConfig } from '@celery-watch/service';
import { createCertificates, Testbed } from '@celery-watch/testbed';

const PAIR = '  cert_file: server.crt\n  key_file: server.key\n';
const TLS = `tls_server_config:\n${PAIR}`;
const HASH = '$2y$10$X0h1gDsPszWURQaxFh.zoubFi6DXncSjhoQNJgRrnGs7EsimhC7zG';
const [YES, NO] = [true, false];
/** Some releases of Prometheus take it, others do not. */
const SOME = undefined;

/** Each file, whether Prometheus (2.42 and newer) takes it, and whether we do where that is something else. */
const FILES: readonly (readonly [text: string, theirs: boolean | undefined, ours?: boolean])[] = [
  ['', YES],
  ['tls_server_config:\n', YES],
  [TLS, YES],
  ['tls_server_config:\n  cert_file:\n  key_file:\n', YES],
  [`${TLS}  client_auth_type: NoClientCert\n`, YES],
  [`${TLS}  client_auth_type: RequestClientCert\n`, YES],
  [`${TLS}  client_auth_type: RequireClientCert\n`, YES],
  [`${TLS}  client_auth_type: RequireAnyClientCert\n`, YES],
  [`${TLS}  client_auth_type: VerifyClientCertIfGiven\n`, YES],
  [`${TLS}  client_auth_type: RequireAndVerifyClientCert\n`, YES],
  [`${TLS}  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ca.crt\n`, YES],
  [`${TLS}  client_auth_type: requireAndVerifyClientCert\n`, NO],
  [`${TLS}  client_auth_type: x\n`, NO],
  [`${TLS}  client_ca_file: ca.crt\n`, NO],
  [`${TLS}  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: gone\n`, NO],
  ['tls_server_config:\n  cert_file: server.crt\n', NO],
  ['tls_server_config:\n  key_file: server.key\n', NO],
  ['tls_server_config:\n  cert_file: gone\n  key_file: server.key\n', NO],
  ['tls_server_config:\n  cert_file: server.crt\n  key_file: gone\n', NO],
  ['tls_server_config:\n  cert_file: ""\n  key_file: server.key\n', NO],
  ['tls_server_config:\n  cert_file: server.crt\n  key_file: client.key\n', NO],
  ['tls_server_config:\n  cert_file: server.key\n  key_file: server.key\n', NO],
  ['tls_server_config:\n  cert_filse: server.crt\n', NO],
  [`${TLS}  cert_file: server.crt\n`, NO],
  [`${TLS}  min_version: TLS13\n`, YES],
  [`${TLS}  min_version: TLS10\n  max_version: TLS12\n`, YES],
  [`${TLS}  min_version: TLS111\n`, NO],
  // Newer releases refuse the second.
  [`${TLS}  cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TLS_RSA_WITH_AES_256_CBC_SHA]\n`, SOME, YES],
  [`${TLS}  cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256]\n`, YES],
  [`${TLS}  cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA2048]\n`, NO],
  [`${TLS}  curve_preferences: [CurveP521, X25519]\n  prefer_server_cipher_suites: false\n`, YES],
  [`${TLS}  curve_preferences: [CurveP257]\n`, NO],
  [`basic_auth_users:\n  ann: ${HASH}\n`, YES],
  ['basic_auth_users:\n  ann: secret\n', NO],
  ['http_server_config:\n  http2: false\n', YES],
  ['http_server_config:\n  headers:\n    X-Frame-Options: deny\n    X-XSS-Protection: 1\n', YES],
  ['http_server_config:\n  headers:\n    X-Frame-Options: foo\n', NO],
  ['http_server_config:\n  headers:\n    Content-Type: foo\n', NO],
  ['hWkNKCp3fvIx3jKnsaBI\n', NO],
  // An older YAML has these for true and false.
  ['http_server_config:\n  http2: no\n', YES, NO],
  // There it starts without TLS, although somebody wanted it; nobody can connect; everybody's certificate is refused.
  ['tls_server_config:\n  min_version: TLS13\n', YES, NO],
  [`${TLS}  min_version: TLS13\n  max_version: TLS12\n`, YES, NO],
  [`${TLS}  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: server.key\n`, YES, NO],
  // Newer releases of Prometheus take these.
  ['rate_limit:\n  interval: 1s\n  burst: 10\n', SOME, YES],
  [
    `${TLS}  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: ca.crt\n  client_allowed_sans: [a]\n`,
    SOME,
    YES,
  ],
];

it('Prometheus and we take and refuse the same files', async () => {
  await using bed = new Testbed();
  await createCertificates(bed.folder);
  const names = await Promise.all(
    FILES.map(async ([text], index) => {
      const name = `web-${index}.yml`;
      await writeFile(path.join(bed.folder, name), text);
      return name;
    }),
  );
  // It leaves with 1 where any file is refused.
  const said = await new Promise<string>((resolve) => {
    execFile('promtool', ['check', 'web-config', ...names], { cwd: bed.folder }, (_error, out, err) => {
      resolve(out + err);
    });
  });
  const theirs = FILES.flatMap(([text, taken], index) =>
    taken === SOME ? [] : [{ text, taken, said: said.includes(`${names[index] ?? ''} SUCCESS`) }],
  );
  expect(theirs.map((each) => [each.text, each.said])).toEqual(theirs.map(({ text, taken }) => [text, taken]));
  const ours = names.map((name) => {
    const file = path.join(bed.folder, name);
    return readWebConfig({ file, readFile: (each) => readFileSync(each, 'utf8') }).result;
  });
  expect(ours.map(({ ok }, index) => [FILES[index]?.[0], ok])).toEqual(
    FILES.map(([text, taken, otherwise = taken]) => [text, otherwise]),
  );
  for (const result of ours)
    if (!result.ok) for (const { where, wanted } of result.problems) expect([where, wanted]).not.toContain('');
  expect(JSON.stringify(ours.filter(({ ok }) => !ok))).not.toMatch(/secret|END PRIVATE KEY/);
});
