// A strict fake of an OAuth 2.0 token server, as Google's and Microsoft's: form in, JSON out, tokens that end. Source:
// RFC 6749, 4.4, 5 and 6.
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface TokenServerOptions {
  readonly clientId: string;
  readonly clientSecret?: string;
  /** Absent: the client's own right is enough (`client_credentials`). */
  readonly refreshToken?: string;
  readonly scope?: string;
  /** Each refresh token serves once, and the next comes with the answer. */
  readonly rotates?: boolean;
  readonly expiresInSeconds?: number;
}

export interface TokenServer extends AsyncDisposable {
  readonly url: string;
  /** Tokens that were given out, in their order. */
  readonly tokens: readonly string[];
  /** The grant that each request asked by, refused ones included. */
  readonly grants: readonly string[];
  /** The next request is answered so. */
  answerNext(status: number, body: string): void;
  close(): Promise<void>;
}

export async function startTokenServer(options: TokenServerOptions): Promise<TokenServer> {
  const { clientId, clientSecret, scope, rotates = false, expiresInSeconds = 3599 } = options;
  const tokens: string[] = [];
  const grants: string[] = [];
  const next: { status: number; body: string }[] = [];
  let refreshToken = options.refreshToken;

  const answer = async (request: IncomingMessage): Promise<{ status: number; body: string }> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
    const form = new URLSearchParams(Buffer.concat(chunks).toString('utf8'));
    const refuse = (error: string, why: string) => ({
      status: error === 'invalid_client' ? 401 : 400,
      body: JSON.stringify({ error, error_description: why }),
    });
    grants.push(form.get('grant_type') ?? '');
    const set = next.shift();
    if (set) return set;
    if (request.method !== 'POST' || request.headers['content-type'] !== 'application/x-www-form-urlencoded')
      return refuse('invalid_request', 'a form is wanted');
    if (form.get('client_id') !== clientId || (form.get('client_secret') ?? undefined) !== clientSecret)
      return refuse('invalid_client', 'unknown client');
    if (scope !== undefined && form.get('scope') !== scope) return refuse('invalid_scope', 'another scope is wanted');
    if (form.get('grant_type') !== (refreshToken === undefined ? 'client_credentials' : 'refresh_token'))
      return refuse('unsupported_grant_type', 'another grant is wanted');
    if (refreshToken !== undefined && form.get('refresh_token') !== refreshToken)
      return refuse('invalid_grant', 'Token has been expired or revoked.');
    const token = `access-token-${tokens.length + 1}`;
    tokens.push(token);
    if (rotates) refreshToken = `refresh-token-${tokens.length + 1}`;
    return {
      status: 200,
      body: JSON.stringify({
        token_type: 'Bearer',
        access_token: token,
        expires_in: expiresInSeconds,
        ...(rotates && { refresh_token: refreshToken }),
      }),
    };
  };

  const server = createServer((request, response) => {
    answer(request).then(
      ({ status, body }) => response.writeHead(status, { 'Content-Type': 'application/json' }).end(body),
      () => request.socket.destroy(),
    );
  });
  server.listen({ port: 0, host: '127.0.0.1' });
  await once(server, 'listening');
  const close = async (): Promise<void> => {
    if (!server.listening) return;
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/token`,
    tokens,
    grants,
    answerNext: (status, body) => void next.push({ status, body }),
    close,
    [Symbol.asyncDispose]: close,
  };
}
