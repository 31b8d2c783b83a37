// The paths that the core answers, as one table: method and path to a function; all else is 404 or 405.
import type { Refusals } from '@celery-watch/service/http-server';
import type { CoreAnswer, CoreRequest } from './core.js';

/** A request whose body has been read as JSON: undefined where it has none. */
export interface PathRequest extends Omit<CoreRequest, 'body'> {
  readonly body: unknown;
}

export interface Reply extends CoreAnswer {
  /** Whether the client is at fault: then it is counted and logged. */
  readonly isRefusal?: true;
}

/** `GET /path` or `POST /path`; HEAD is GET. */
export type CorePaths = Readonly<Record<string, (request: PathRequest) => Promise<Reply> | Reply>>;

export const NOT_FOR_CACHES = { 'cache-control': 'no-store' };
const NOT_FOUND = 'AlertManager posts to /webhook/alertmanager; GET / lists the other paths';

export function text(status: number, said: string, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8', ...headers }, text: said };
}

export function json(status: number, value: unknown): Reply {
  return { status, headers: { 'content-type': 'application/json; charset=utf-8' }, text: JSON.stringify(value) };
}

/** The request does not say what it must; nothing was done. */
export function refusal(error: string): Reply {
  return { ...json(400, { status: 'refused', error }), isRefusal: true };
}

/** Answers from the table. Never rejects but where a function of the table does. */
export async function answerFrom(
  paths: CorePaths,
  { body, ...request }: CoreRequest,
  refusals: Refusals,
): Promise<CoreAnswer> {
  const { path, method, shown } = request;
  const wanted = `${method === 'HEAD' ? 'GET' : method} ${path}`;
  const answer = Object.hasOwn(paths, wanted) ? paths[wanted] : undefined;
  if (answer === undefined) return otherwise(paths, path, shown, refusals);
  const given = jsonIn(body);
  const { isRefusal, ...reply } =
    given === 'no JSON' ? refusal('the body is no JSON') : await answer({ ...request, body: given?.value });
  if (isRefusal) refusals.add('body', 'a request does not say what it must, as application/json', shown);
  return reply;
}

function otherwise(paths: CorePaths, path: string, shown: CoreRequest['shown'], refusals: Refusals): CoreAnswer {
  const allowed = ['GET', 'POST'].filter((method) => Object.hasOwn(paths, `${method} ${path}`));
  if (allowed.length === 0) return notFound(shown, refusals);
  return methodNotAllowed(path, allowed.join(', ').replace('GET', 'GET, HEAD'), shown, refusals);
}

export function notFound(shown: CoreRequest['shown'], refusals: Refusals): CoreAnswer {
  refusals.add('path', 'a request for a path that is not there', { ...shown, hint: NOT_FOUND });
  return text(404, `Not Found: ${NOT_FOUND}\n`);
}

export function methodNotAllowed(
  path: string,
  allow: string,
  shown: CoreRequest['shown'],
  refusals: Refusals,
): CoreAnswer {
  refusals.add('method', 'a request with a method that its path does not take', { ...shown, allow });
  return text(405, `Method Not Allowed: ${path} takes ${allow}\n`, { allow });
}

function jsonIn(body: Uint8Array | undefined): { readonly value: unknown } | undefined | 'no JSON' {
  if (body === undefined || body.length === 0) return undefined;
  try {
    return { value: JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body)) as unknown };
  } catch {
    return 'no JSON';
  }
}
