// What the relay answers over HTTP: who may ask, whether it lives, and posts and all else handed to the core. A few
// paths need no framework, and this runs on a thread of its own, with a heap of its own.
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import {
  type Audience,
  BROWSER_ICON,
  type Door,
  type DoorPlan,
  isByForeignName,
  isFromAnotherSite,
  isFromBrowser,
  isJson,
  isLocked,
  type PlainLog,
  type Refusal,
  type Refusals,
  requestDetails,
} from '@celery-watch/service/http-server';
import { BodyReader } from './body.js';
import type { BodyLimits } from './body-limits.js';
import type { Core, CoreAnswer } from './core.js';
import { json, methodNotAllowed, NOT_FOR_CACHES, notFound, text } from './core-paths.js';
import { type Guides, isGuidePath } from './guides.js';
import { webhook } from './webhook.js';

/** What can be changed while it runs. */
export interface FrontState {
  readonly door: DoorPlan;
  readonly isStopping: boolean;
}

export interface FrontDependencies {
  readonly core: Core;
  readonly state: () => FrontState;
  /** Seconds that the core has given no sign of life, where that is too long; undefined: it lives. */
  readonly silence: () => number | undefined;
  /** Whether what is read now may have waited in its socket for long. */
  readonly stoodStill: () => boolean;
  readonly limits: BodyLimits;
  readonly refusals: Refusals;
  readonly door: Pick<Door, 'admit' | 'dress'>;
  readonly guides: Pick<Guides, 'answer'>;
  /** Counts a post that the core has nothing to do with. */
  readonly countPost: (result: 'refused' | 'unavailable') => void;
  readonly log: Pick<PlainLog, 'error'>;
  readonly version: string;
}

/** What `GET /` says. */
const PATHS = [
  "POST /webhook/alertmanager[/<route>]  AlertManager's webhook",
  'GET  /runbooks/[<alert>]              what to do when an alert fires',
  'GET  /docs/                           all guides',
  'GET  /metrics                         for Prometheus',
  'GET  /healthz, /readyz                is it alive, can it take alerts',
  'POST /-/reload                        read the configuration again',
  'GET  /-/dead                          dead letters',
  'GET  /-/history[/<id>]                what was told to whom',
  'GET  /-/quarantine[/<id>]             posts that could not be read',
];
const WEBHOOK = '/webhook/alertmanager';
/** What operators ask may be megabytes, until the last byte is read. */
const OPERATORS_AT_ONCE = 4;
/** What an operator sends names a few messages, and holds none. */
const OPERATOR_BYTES = 1_048_576;

interface Asked {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
}

export function createRoutes(deps: FrontDependencies): RequestListener {
  const { core, refusals, door, log, limits } = deps;
  const takePost = webhook(deps);
  let operatorsNow = 0;
  const operators = new BodyReader({ ...limits, bytes: Math.min(limits.bytes, OPERATOR_BYTES) });

  return (request, response) => {
    const path = pathOf(request.url ?? '/');
    door.dress(response);
    answer({ request, response, path }).catch((error: unknown) => {
      log.error({ err: error, ...requestDetails(request) }, 'a request failed');
      if (response.headersSent) response.destroy();
      else send(response, text(500, 'Internal Server Error\n'));
    });
  };

  async function answer(asked: Asked): Promise<void> {
    const { request, response, path } = asked;
    const { method = 'GET' } = request;
    const route = routeOf(path);
    if (route !== undefined || path.startsWith('/-/')) {
      if (route !== undefined && method !== 'POST') return refuseMethod(asked, 'POST');
      if (!(await maySend(asked, route !== undefined))) return;
      if (route !== undefined) return takePost(request, response, route.name);
      if (operatorsNow >= OPERATORS_AT_ONCE) return refuseBusy(asked);
      operatorsNow++;
      response.once('close', () => operatorsNow--);
      return askCore(asked, operators);
    }
    const isRead = method === 'GET' || method === 'HEAD';
    switch (path) {
      case '/':
        if (!isRead) return refuseMethod(asked, 'GET, HEAD');
        if (!(await mayRead(asked, 'page'))) return;
        return send(response, text(200, `alert-relay ${deps.version}\n\n${PATHS.join('\n')}\n`));
      case '/healthz':
        return isRead ? send(response, health(deps.silence())) : refuseMethod(asked, 'GET, HEAD');
      case '/readyz':
      case '/metrics':
        if (!isRead) return refuseMethod(asked, 'GET, HEAD');
        if (!(await mayRead(asked, path === '/metrics' ? 'metrics' : 'probe'))) return;
        return askCore(asked, undefined);
    }
    if (isGuidePath(path)) return isRead ? sendGuide(asked) : refuseMethod(asked, 'GET, HEAD');
    if (path !== BROWSER_ICON) return send(response, notFound(requestDetails(request), refusals));
    send(response, text(404, 'Not Found\n'));
  }

  /** For everybody: a link at three in the morning must open. */
  async function sendGuide({ request, response, path }: Asked): Promise<void> {
    const isFolder = /^[^?#]*\/(?:$|[?#])/.test(request.url ?? '');
    const { 'accept-language': acceptLanguage, 'if-none-match': ifNoneMatch } = request.headers;
    send(response, await deps.guides.answer({ path, isFolder, acceptLanguage, ifNoneMatch }));
  }

  async function mayRead({ request, response }: Asked, audience: Audience): Promise<boolean> {
    const refusal = await door.admit(request, audience);
    if (refusal !== undefined) send(response, asText(refusal));
    return refusal === undefined;
  }

  /** Refuses before a byte of the body is read. */
  async function maySend({ request, response }: Asked, isPost: boolean): Promise<boolean> {
    const shown = requestDetails(request);
    const refuse = (reply: CoreAnswer): false => {
      if (isPost) deps.countPost(reply.status === 503 ? 'unavailable' : 'refused');
      // A client that is still sending its body would not read the answer on a connection that stays.
      send(response, reply);
      return false;
    };
    const refusal = await door.admit(request, isPost ? 'post' : 'operator');
    if (refusal !== undefined) return refuse(refusal.status === 429 ? asText(refusal) : asJson(refusal));
    if (comesByStolenName(request, isPost)) {
      const { howToLock } = deps.state().door;
      refusals.add('cross_site', 'a request came by a name that is not this machine’s; it was refused', shown);
      const error = `without a login this program answers this machine alone, by its own name (127.0.0.1, localhost): ${howToLock}`;
      return refuse(json(403, { status: 'refused', error }));
    }
    if (request.method !== 'POST') return true;
    if (isFromAnotherSite(request.headers)) {
      refusals.add('cross_site', 'a browser sent a request that the page of another site made; it was refused', shown);
      return refuse(json(403, { status: 'refused', error: 'a page of another site may not make a browser send this' }));
    }
    // Without a login a page could send it: whatever is not JSON is what browsers send without asking first.
    const mustSay = !isPost && hasBody(request);
    if (isPost && isLocked('post', deps.state().door)) return true;
    if (isJson(request.headers['content-type'], !mustSay)) return true;
    refusals.add('body', 'a request does not say that its body is JSON: Content-Type: application/json', shown);
    return refuse(
      json(415, { status: 'refused', error: 'say that the body is JSON: the header Content-Type: application/json' }),
    );
  }

  /** Of posts only a browser's: a proxy may pass AlertManager's on under whatever name. */
  function comesByStolenName({ headers }: IncomingMessage, isPost: boolean): boolean {
    const { door: plan } = deps.state();
    if (!plan.isLocal || isLocked(isPost ? 'post' : 'operator', plan)) return false;
    return (!isPost || isFromBrowser(headers)) && isByForeignName(headers);
  }

  async function askCore({ request, response, path }: Asked, reader: BodyReader | undefined): Promise<void> {
    const { method = 'GET', headers } = request;
    const shown = requestDetails(request);
    const asked = {
      method,
      path,
      query: queryOf(request.url ?? ''),
      shown,
      ...(headers.accept !== undefined && { accept: headers.accept }),
    };
    if (reader === undefined || !hasBody(request)) return send(response, await core.answer(asked));
    const reply = await reader.with(request, (body) => {
      if (body.kind === 'read') return core.answer({ ...asked, body: body.bytes });
      refusals.add(body.kind === 'undecodable' ? 'body' : 'too_large', 'a request of an operator was refused', shown);
      return Promise.resolve(
        body.kind === 'undecodable'
          ? json(400, { status: 'refused', error: `the body cannot be read: ${body.reason}` })
          : json(413, { status: 'refused', error: `the body is larger than ${OPERATOR_BYTES} bytes` }),
      );
    });
    if (reply === undefined) response.destroy();
    else send(response, reply);
  }

  function refuseBusy({ request, response }: Asked): void {
    refusals.add('busy', 'operators ask for too much at once', requestDetails(request));
    const reply = json(503, { status: 'unavailable', error: 'too much is asked at once: try again' });
    send(response, { ...reply, headers: { ...reply.headers, 'retry-after': '5' } });
  }

  function refuseMethod({ request, response, path }: Asked, allow: string): void {
    send(response, methodNotAllowed(path, allow, requestDetails(request), refusals));
  }
}

/** Whether it lives and can take alerts, and nothing else. */
export function onlyProbes(routes: RequestListener): RequestListener {
  return (request, response) => {
    if (['/healthz', '/readyz'].includes(pathOf(request.url ?? '/'))) routes(request, response);
    else send(response, text(404, 'Not Found: only /healthz and /readyz are here\n'));
  };
}

function health(silence: number | undefined): CoreAnswer {
  return silence === undefined
    ? text(200, 'alive\n', NOT_FOR_CACHES)
    : text(503, `stuck: nothing but this has happened for ${silence} seconds\n`, NOT_FOR_CACHES);
}

function asJson({ status, headers, error }: Refusal): CoreAnswer {
  const reply = json(status, { status: status === 503 ? 'unavailable' : 'refused', error });
  return { ...reply, headers: { ...reply.headers, ...headers } };
}

function asText({ status, headers, error }: Refusal): CoreAnswer {
  return text(status, `${error.charAt(0).toUpperCase()}${error.slice(1)}\n`, headers);
}

function send(response: ServerResponse, { status, headers, body }: CoreAnswer): void {
  response.writeHead(status, { ...headers, 'content-length': Buffer.byteLength(body) }).end(body);
}

function hasBody({ headers }: IncomingMessage): boolean {
  return headers['transfer-encoding'] !== undefined || (headers['content-length'] ?? '0') !== '0';
}

/** Without the query and without a slash at its end. */
function pathOf(url: string): string {
  const [path = '/'] = url.split('?', 1);
  return path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
}

/** The name in the path of a webhook, as somebody wrote it in a configuration; undefined: no path of a webhook. */
function routeOf(path: string): { readonly name: string | undefined } | undefined {
  if (path.length < WEBHOOK.length || path.slice(0, WEBHOOK.length).toLowerCase() !== WEBHOOK) return undefined;
  const rest = path.slice(WEBHOOK.length);
  if (rest === '') return { name: undefined };
  return /^\/[^/]+$/.test(rest) ? { name: decoded(rest.slice(1)) } : undefined;
}

/** A name that is not encoded as it should be is none that anybody knows: no alert is refused for it. */
function decoded(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}

function queryOf(url: string): Readonly<Record<string, string | readonly string[]>> {
  const at = url.indexOf('?');
  const given = new URLSearchParams(at < 0 ? '' : url.slice(at));
  return Object.fromEntries(
    [...new Set(given.keys())].map((key) => {
      const all = given.getAll(key);
      return [key, all.length === 1 ? (all[0] ?? '') : all];
    }),
  );
}
