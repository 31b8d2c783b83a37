// One request to the relay of this configuration: over TLS it must show the very certificate that the configuration
// names, whatever name or authority stands in it, and is shown that one where it asks for a client's.
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { certificateIn, nodeHttp, type TlsPlan } from '@celery-watch/service';

export interface RelayRequest {
  readonly method?: 'GET' | 'POST';
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal: AbortSignal;
}

export interface RelayReply {
  readonly status: number;
  readonly body: Buffer;
}

/** Somebody else answers where this relay should. */
export class StrangeCertificate extends Error {
  override readonly name = 'StrangeCertificate';
}

/** Rejects where nothing answers, with the signal's reason where that aborts, and with a StrangeCertificate. */
export async function askOwnRelay(
  url: string,
  tls: TlsPlan | undefined,
  { method = 'GET', headers = {}, body, signal }: RelayRequest,
): Promise<RelayReply> {
  const { hostname, port, pathname, search } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  const socket = tls === undefined ? undefined : await connectOwn(host, Number(port || 443), tls, signal);
  const length = body === undefined ? {} : { 'content-length': Buffer.byteLength(body) };
  return new Promise((resolve, reject) => {
    const request = nodeHttp.request(
      {
        host,
        port,
        method,
        path: pathname + search,
        headers: { ...headers, ...length },
        signal,
        // Node.js asks for the connection only where there is no agent at all.
        ...(socket === undefined ? { agent: false } : { createConnection: () => socket }),
      },
      (response) => {
        collect(response).then(resolve, reject);
      },
    );
    request.once('error', (error) => {
      reject(signal.aborted ? (signal.reason as Error) : error);
    });
    request.end(body);
  });
}

/** Nothing is sent before it is known who is there. */
function connectOwn(host: string, port: number, tls: TlsPlan, signal: AbortSignal): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const { cert, key } = tls;
    const fail = (error: Error): void => {
      socket.destroy();
      reject(error);
    };
    const socket = process
      .getBuiltinModule('node:tls')
      .connect({ host, port, cert, key, rejectUnauthorized: false, ALPNProtocols: ['http/1.1'] }, () => {
        const own = certificateIn(cert)?.raw;
        const shown = socket.getPeerX509Certificate()?.raw;
        socket.removeListener('error', fail);
        if (own !== undefined && shown?.equals(own) === true) resolve(socket);
        else fail(new StrangeCertificate('another certificate than that of the web configuration'));
      });
    socket.once('error', fail);
    signal.addEventListener('abort', () => {
      fail(signal.reason as Error);
    });
  });
}

async function collect(response: IncomingMessage): Promise<RelayReply> {
  const pieces: Buffer[] = [];
  for await (const piece of response) pieces.push(piece as Buffer);
  return { status: response.statusCode ?? 0, body: Buffer.concat(pieces) };
}
