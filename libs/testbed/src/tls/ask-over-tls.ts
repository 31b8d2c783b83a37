// Requests over TLS with certificates of a test's own: `fetch` takes none.
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';

export interface TlsQuestion {
  /** Paths of PEM files. */
  readonly ca: string;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  /** Makes it a post. */
  readonly body?: string;
  /** Oldest and newest version that is offered. */
  readonly versions?: readonly ['TLSv1.2' | 'TLSv1.3', 'TLSv1.2' | 'TLSv1.3'];
}

export interface TlsAnswer {
  readonly status: number;
  readonly text: string;
  readonly headers: NodeJS.Dict<string | string[]>;
}

/** On a connection of its own. Rejects where the certificate is none of that authority, and where nothing answers. */
export function askOverTls(url: string, { ca, cert, key, headers, body, versions }: TlsQuestion): Promise<TlsAnswer> {
  return new Promise((resolve, reject) => {
    const asked = request(url, {
      agent: false,
      ca: readFileSync(ca),
      ...(cert !== undefined && { cert: readFileSync(cert) }),
      ...(key !== undefined && { key: readFileSync(key) }),
      ...(versions && { minVersion: versions[0], maxVersion: versions[1] }),
      method: body === undefined ? 'GET' : 'POST',
      headers: { connection: 'close', ...headers },
      timeout: 20_000,
    });
    asked.on('response', (response) => {
      text(response).then((said) => {
        resolve({ status: response.statusCode ?? 0, text: said, headers: response.headers });
      }, reject);
    });
    asked.on('timeout', () => asked.destroy(new Error(`${url} did not answer`)));
    asked.on('error', reject);
    asked.end(body);
  });
}
