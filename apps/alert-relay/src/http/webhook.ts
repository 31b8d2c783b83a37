// A post over HTTP: who may send it, its bytes whatever its sender made of them, and the answer.
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate, zstdDecompress } from 'node:zlib';
import type { Log } from '@celery-watch/service';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { Acceptor, PostResponse } from '../accept/acceptor.js';
import type { Auth } from '../config/config.js';
import type { RelayMetrics } from '../metrics/relay-metrics.js';

/** What taking a post needs. */
export interface WebhookDependencies {
  readonly auth: () => Auth;
  readonly acceptor: Acceptor;
  readonly metrics: RelayMetrics;
  readonly isStopping: () => boolean;
  readonly bodyBytes: number;
  readonly log: Log;
}

/** Refuses before a byte of the body is read. */
export function guardOf({ auth, metrics, log }: WebhookDependencies): RequestHandler {
  return (request: Request, response: Response, next: NextFunction): void => {
    const wanted = auth();
    if (isAllowed(wanted, request.headers.authorization)) {
      next();
      return;
    }
    if (request.path.startsWith('/webhook/')) metrics.posts.with('refused').inc();
    log.warn(
      { path: request.path, from: request.socket.remoteAddress },
      'a request was not allowed: its Authorization header is not the one of the configuration',
    );
    response
      .status(401)
      .set('www-authenticate', challenge(wanted))
      .json({
        status: 'refused',
        error:
          'the Authorization header is missing or wrong: AlertManager sends it with ' +
          'http_config.authorization.credentials_file',
      });
  };
}

export function webhook({ acceptor, metrics, isStopping, bodyBytes, log }: WebhookDependencies): RequestHandler {
  return async (request: Request, response: Response) => {
    if (isStopping())
      return void response.status(503).json({ status: 'unavailable', error: 'the relay is stopping: try again' });
    const body = await readBody(request, bodyBytes).catch(() => undefined);
    // The sender went away: there is nobody to answer, and AlertManager tries again.
    if (body === undefined) return void response.destroy();
    const { route } = request.params;
    const answer = await answerTo(body, typeof route === 'string' ? route : undefined);
    response.status(answer.status).json(answer.body);
  };

  function answerTo(body: Body, route: string | undefined): Promise<PostResponse> {
    switch (body.kind) {
      case 'read':
        return acceptor.accept(body.bytes, route);
      case 'undecodable':
        return acceptor.refuseUnreadable(body.bytes, body.reason);
      case 'too large':
        metrics.posts.with('refused').inc();
        log.error({ bytes: body.length, limit: bodyBytes }, 'a post is larger than limits.body_bytes; people are told');
        return acceptor.refuseTooLarge(body.length, bodyBytes);
    }
  }
}

/** Whether the Authorization header of a request is the one that the configuration asks for. */
export function isAllowed(auth: Auth, header: string | undefined): boolean {
  if (auth.kind === 'none') return true;
  const [scheme, credentials] = splitOnce(header ?? '');
  const given = auth.kind === 'bearer' ? credentials : Buffer.from(credentials, 'base64').toString('utf8');
  const wanted = auth.kind === 'bearer' ? auth.token.reveal() : `${auth.username}:${auth.password.reveal()}`;
  // Always compared, so that a wrong scheme takes as long as a wrong token.
  return isEqual(given, wanted) && scheme.toLowerCase() === auth.kind;
}

/** What a client that was refused must send. */
export function challenge(auth: Auth): string {
  return auth.kind === 'basic' ? 'Basic realm="alert-relay", charset="UTF-8"' : 'Bearer realm="alert-relay"';
}

/** Hashes have one length: their comparison tells nothing of the texts. */
function isEqual(a: string, b: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}

function splitOnce(header: string): [string, string] {
  const at = header.indexOf(' ');
  return at < 0 ? [header, ''] : [header.slice(0, at), header.slice(at + 1).trim()];
}

export type Body =
  | { readonly kind: 'read'; readonly bytes: Buffer }
  /** `length`: how many bytes arrived, or how many there would be unpacked; undefined where that is not known. */
  | { readonly kind: 'too large'; readonly length: number | undefined }
  /** `bytes` as they came. */
  | { readonly kind: 'undecodable'; readonly bytes: Buffer; readonly reason: string };

const DECODERS = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
  zstd: promisify(zstdDecompress),
} as const;

/** `limit` in bytes, packed and unpacked. Rejects where the sender goes away before the end. */
async function readBody(request: IncomingMessage, limit: number): Promise<Body> {
  const packed = await collect(request, limit);
  if (!Buffer.isBuffer(packed)) return { kind: 'too large', length: packed.length };
  const encoding = (request.headers['content-encoding'] ?? 'identity').trim().toLowerCase();
  if (encoding === 'identity' || encoding === '') return { kind: 'read', bytes: packed };
  if (!isKnown(encoding))
    return { kind: 'undecodable', bytes: packed, reason: 'packed in a way that is not known (Content-Encoding)' };
  try {
    return { kind: 'read', bytes: await DECODERS[encoding](packed, { maxOutputLength: limit }) };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE')
      return { kind: 'too large', length: undefined };
    return { kind: 'undecodable', bytes: packed, reason: `no ${encoding}` };
  }
}

/** A body over the limit is read to its end all the same: a sender that is still writing does not read the answer. */
async function collect(request: IncomingMessage, limit: number): Promise<Buffer | { readonly length: number }> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= limit) chunks.push(chunk);
    else chunks.length = 0;
  }
  return length > limit ? { length } : Buffer.concat(chunks, length);
}

function isKnown(encoding: string): encoding is keyof typeof DECODERS {
  return Object.hasOwn(DECODERS, encoding);
}
