// A certificate authority of our own with one server and one client certificate, made anew for each testbed.
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';

import { runCommand } from '../processes/run-command.js';

/** Paths of PEM files. */
export interface Certificates {
  readonly ca: string;
  readonly serverCertificate: string;
  readonly serverKey: string;
  readonly clientCertificate: string;
  readonly clientKey: string;
}

const CONFIG = `
[req]
distinguished_name = name
prompt = no
[name]
[ca]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
subjectKeyIdentifier = hash
[server]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = serverAuth
subjectAltName = IP:127.0.0.1, DNS:localhost
authorityKeyIdentifier = keyid
[client]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = clientAuth
authorityKeyIdentifier = keyid
`;

export async function createCertificates(folder: string): Promise<Certificates> {
  await writeFile(join(folder, 'openssl.cnf'), CONFIG);
  const issue = async (kind: string, signer: readonly string[]): Promise<void> => {
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-keyout', `${kind}.key`];
    const request = [
      'req',
      '-x509',
      '-config',
      'openssl.cnf',
      '-extensions',
      kind,
      '-subj',
      `/CN=testbed ${kind}`,
      '-days',
      '2',
    ];
    await runCommand('openssl', [...request, ...key, ...signer, '-out', `${kind}.crt`], { cwd: folder });
  };
  await issue('ca', []);
  await Promise.all(['server', 'client'].map((kind) => issue(kind, ['-CA', 'ca.crt', '-CAkey', 'ca.key'])));
  return {
    ca: join(folder, 'ca.crt'),
    serverCertificate: join(folder, 'server.crt'),
    serverKey: join(folder, 'server.key'),
    clientCertificate: join(folder, 'client.crt'),
    clientKey: join(folder, 'client.key'),
  };
}
