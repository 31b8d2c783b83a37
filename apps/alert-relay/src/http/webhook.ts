// A post over HTTP: who may send it, its bytes whatever its sender made of them, and the answer.
import { createHash, timingSafeEqual } from 'node:crypto';
import { type HttpRefusals, type Log, requestDetails } from '@celery-watch/service';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import type { Acceptor, PostResponse } from '../accept/acceptor.js';
import type { Auth } from '../config/config.js';
import type { RelayMetrics } from '../metrics/relay-metrics.js';
import { type Body, BodyReader } from './body.js';
import type { BodyLimits } from './body-limits.js';

/** What taking a post needs. */
export interface WebhookDependencies {
  readonly auth: () => Auth;
  readonly acceptor: Acceptor;
  readonly metrics: RelayMetrics;
  readonly isStopping: () => boolean;
  readonly limits: BodyLimits;
  readonly refusals: HttpRefusals;
  readonly log: Log;
}

/** Refuses before a byte of the body is read. */
export function guardOf({ auth, metrics, refusals }: WebhookDependencies): RequestHandler {
  return (request: Request, response: Response, next: NextFunction): void => {
    const wanted = auth();
    if (isAllowed(wanted, request.headers.authorization)) {
      next();
      return;
    }
    if (request.path.startsWith('/webhook/')) metrics.posts.with('refused').inc();
    refusals.add(
      'login',
      'a request was not allowed: its Authorization header is not the one of the configuration',
      requestDetails(request),
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

export function webhook(deps: WebhookDependencies): RequestHandler {
  const { acceptor, metrics, isStopping, limits, refusals } = deps;
  const reader = new BodyReader(limits);
  return async (request: Request, response: Response) => {
    if (isStopping()) {
      metrics.posts.with('unavailable').inc();
      return void response.status(503).json({ status: 'unavailable', error: 'the relay is stopping: try again' });
    }
    const { route } = request.params;
    const answer = await reader.with(request, (body) =>
      answerTo(body, typeof route === 'string' ? route : undefined, request),
    );
    // The sender went away: there is nobody to answer, and AlertManager tries again.
    if (answer === undefined) return void response.destroy();
    response.status(answer.status).json(answer.body);
  };

  async function answerTo(body: Body, route: string | undefined, request: Request): Promise<PostResponse> {
    switch (body.kind) {
      case 'read':
        return acceptor.accept(body.bytes, route);
      case 'undecodable':
        return acceptor.refuseUnreadable(body.bytes, body.reason);
      case 'no room':
        metrics.posts.with('unavailable').inc();
        refusals.add('busy', 'a post found no room beside others; its sender was told to try again', {
          ...requestDetails(request),
          limit: limits.bytes,
        });
        return { status: 503, body: { status: 'unavailable', error: 'too much is posted at once: try again' } };
      case 'too large':
      case 'too many values': {
        const why = tooLarge(body, limits);
        refusals.add('too_large', 'a post is too large; people are told', { ...requestDetails(request), why: why.en });
        const answer = await acceptor.refuseTooLarge(why);
        metrics.posts.with(answer.status === 413 ? 'refused' : 'unavailable').inc();
        return answer;
      }
    }
  }
}

/** Why a body is too large, in words that end a sentence which begins with it. */
function tooLarge(
  body: Extract<Body, { kind: 'too large' | 'too many values' }>,
  { bytes, values, isByMemory }: BodyLimits,
): { readonly en: string; readonly zh: string } {
  if (body.kind === 'too many values')
    return {
      en: `it holds more than ${values} values, which is what this relay's memory can take`,
      zh: `其中的值超过 ${values} 个，即该中继内存所能承受的数量`,
    };
  const size = body.length === undefined ? 'more than the limit' : `${body.length} bytes`;
  const sizeZh = body.length === undefined ? '未知' : `${body.length} 字节`;
  return isByMemory
    ? {
        en: `its size, ${size}, is over ${bytes} bytes, which is what this relay's memory can take`,
        zh: `其大小（${sizeZh}）超过该中继内存所能承受的 ${bytes} 字节`,
      }
    : {
        en: `its size, ${size}, is over limits.body_bytes, which is ${bytes}`,
        zh: `其大小（${sizeZh}）超过 limits.body_bytes 的 ${bytes}`,
      };
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
