// The paths that the core answers, as one table: method and path to a function; all else is 404 or 405.
import type { Refusals } from '@celery-watch/service/http-server';
import { StoreUnavailable } from '../outbox/outbox.js';
import type { CoreAnswer, CoreRequest } from './core.js';

/** A request whose body has been read as JSON: undefined where it has none. */
export interface PathRequest extends Omit<CoreRequest, 'body'> {
  readonly body: unknown;
  /** What stands in the place of `:id`; empty where the path has none. */
  readonly id: string;
}

export interface Reply extends CoreAnswer {
  /** What the client did wrong, for the count and the log. */
  readonly refused?: string;
}

/** `GET /path` or `POST /path`; HEAD is GET. `:id` as the last part is any part that the table does not name. */
export type CorePaths = Readonly<Record<string, (request: PathRequest) => Promise<Reply> | Reply>>;

export const NOT_FOR_CACHES = { 'cache-control': 'no-store' };
const NOT_FOUND = 'AlertManager posts to /webhook/alertmanager; GET / lists the other paths';

export function text(status: number, said: string, headers: Readonly<Record<string, string>> = {}): Reply {
  return { status, headers: { 'content-type': 'text/plain; charset=utf-8', ...headers }, body: said };
}

export function json(status: number, value: unknown): Reply {
  return { status, headers: { 'content-type': 'application/json; charset=utf-8' }, body: JSON.stringify(value) };
}

/** What was recorded as of now: no cache keeps it, and no browser takes it for something else. */
export function record(value: unknown): Reply {
  const reply = withHeaders(json(200, value), FOR_RECORDS);
  // In memory of its own: a post of megabytes would fill the heap of the thread that answers.
  return { ...reply, body: Buffer.from(reply.body) };
}

export const FOR_RECORDS = { ...NOT_FOR_CACHES, 'x-content-type-options': 'nosniff' };

/** What is asked for is not there, or cannot be done as it is now; the client is not at fault. */
export function declined(status: 400 | 404, error: string): Reply {
  return json(status, { status: 'refused', error });
}

/** The request does not say what it must; nothing was done. */
export function refusal(error: string, refused = UNCLEAR): Reply {
  return { ...declined(400, error), refused };
}

const UNCLEAR = 'a request does not say what it must, as application/json';

export function withHeaders(reply: Reply, headers: Readonly<Record<string, string>>): Reply {
  return { ...reply, headers: { ...reply.headers, ...headers } };
}

/** Answers from the table. Never rejects but where a function of the table does. */
export async function answerFrom(
  paths: CorePaths,
  { body, ...request }: CoreRequest,
  refusals: Refusals,
): Promise<CoreAnswer> {
  const { path, method, shown } = request;
  const found = findPath(paths, method === 'HEAD' ? 'GET' : method, path);
  if (found === undefined) return otherwise(paths, path, shown, refusals);
  const given = jsonIn(body);
  const { refused, ...reply } =
    given === 'no JSON'
      ? refusal('the body is no JSON')
      : await answerOrAway(found.answer, { ...request, id: found.id, body: given?.value });
  if (refused !== undefined) refusals.add('body', refused, shown);
  return reply;
}

/** A store that is away is nobody's fault here: it is said, and nothing was done. */
async function answerOrAway(answer: CorePaths[string], request: PathRequest): Promise<Reply> {
  try {
    return await answer(request);
  } catch (error) {
    if (error instanceof StoreUnavailable) return json(503, { status: 'unavailable', error: error.message });
    throw error;
  }
}

function findPath(
  paths: CorePaths,
  method: string,
  path: string,
): { readonly answer: CorePaths[string]; readonly id: string } | undefined {
  const last = path.lastIndexOf('/') + 1;
  for (const [wanted, id] of [
    [path, ''],
    [`${path.slice(0, last)}:id`, path.slice(last)],
  ] as const) {
    const key = `${method} ${wanted}`;
    const answer = Object.hasOwn(paths, key) ? paths[key] : undefined;
    if (answer !== undefined) return { answer, id };
  }
  return undefined;
}

function otherwise(paths: CorePaths, path: string, shown: CoreRequest['shown'], refusals: Refusals): CoreAnswer {
  const allowed = ['GET', 'POST'].filter((method) => findPath(paths, method, path) !== undefined);
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
