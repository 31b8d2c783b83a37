// The paths of the relay: the webhook, its metrics and health, and what an operator may ask of it.
import type { RequestListener } from 'node:http';
import { CONTENT_TYPES, negotiate } from '@celery-watch/metrics';
import { type HttpRefusals, problemsText, type Problem, requestDetails } from '@celery-watch/service';
import { createApp } from '@celery-watch/service/express-app';
import express, {
  type ErrorRequestHandler,
  type Express,
  type Request,
  type RequestHandler,
  type Response,
} from 'express';
import { replayToKnown, type DeadFilter, type Outbox } from '../outbox/index.js';
import { recordRoutes } from './records.js';
import { storeAway } from './store-away.js';
import { guardOf, webhook, type WebhookDependencies } from './webhook.js';

export interface HttpDependencies extends WebhookDependencies {
  readonly outbox: Outbox;
  readonly reload: () => Promise<readonly Problem[]>;
  /** Wakes the workers of these channels; undefined: all. */
  readonly wake: (channels?: ReadonlySet<string>) => void;
  /** The channels of the configuration. */
  readonly channels: () => readonly string[];
  readonly now: () => number;
  readonly version: string;
}

const NOT_FOR_CACHES = { 'cache-control': 'no-store' };

/** What `GET /` says. */
const PATHS = [
  "POST /webhook/alertmanager[/<route>]  AlertManager's webhook",
  'GET  /metrics                         for Prometheus',
  'GET  /healthz, /readyz                is it alive, can it take alerts',
  'POST /-/reload                        read the configuration again',
  'GET  /-/dead                          dead letters',
  'GET  /-/history[/<id>]                what was told to whom',
  'GET  /-/quarantine[/<id>]             posts that could not be read',
];

const WEBHOOK = ['/webhook/alertmanager', '/webhook/alertmanager/:route'];
const READ = ['/-/dead', '/-/history', '/-/history/:id', '/-/quarantine'];
const DONE = ['/-/reload', '/-/dead/replay', '/-/dead/discard', '/-/quarantine/feed', '/-/quarantine/discard'];
const METHODS: readonly (readonly [string, string])[] = [
  ...[...WEBHOOK, ...DONE].map((path) => [path, 'POST'] as const),
  ...['/', '/healthz', '/readyz', '/metrics', ...READ, '/-/quarantine/:id'].map((path) => [path, 'GET, HEAD'] as const),
];
const NOT_FOUND = 'AlertManager posts to /webhook/alertmanager; GET / lists the other paths';

export function createRoutes(deps: HttpDependencies): RequestListener {
  const { log, refusals } = deps;
  const settings = { log, refusals, notFound: NOT_FOUND, methods: METHODS };
  return createApp(settings, (app) => {
    app.get('/', (_request, response) => {
      response.type('text/plain').send(`alert-relay ${deps.version}\n\n${PATHS.join('\n')}\n`);
    });
    app.get('/healthz', (_request, response) => void response.set(NOT_FOR_CACHES).type('text/plain').send('alive\n'));
    app.get('/readyz', (_request, response) => ready(deps, response));
    app.get('/metrics', (request, response) => page(deps, request, response));
    const guard = guardOf(deps);
    app.post(WEBHOOK, guard, webhook(deps));
    operatorRoutes(app, guard, deps);
    serveRecords(app, guard, deps);
    app.use(unavailable);
  });
}

function operatorRoutes(
  app: Express,
  guard: RequestHandler,
  { outbox, reload, wake, now, channels, refusals }: HttpDependencies,
): void {
  app.post('/-/reload', guard, async (_request, response) => {
    const problems = await reload();
    if (problems.length === 0) response.type('text/plain').send('reloaded\n');
    else
      response
        .status(400)
        .type('text/plain')
        .send(`nothing was changed:\n${problemsText(problems)}\n`);
  });
  app.get('/-/dead', guard, async (request, response) => {
    const filter = filterOf(request.query) ?? {};
    const limit = Math.trunc(Number(request.query['limit'] ?? 100));
    response.set(NOT_FOR_CACHES).json(await outbox.listDead(filter, limit >= 1 && limit <= 1_000 ? limit : 100));
  });
  app.post('/-/dead/replay', guard, express.json(), async (request, response) => {
    const filter = filterOf(request.body);
    if (filter === undefined) return refuseFilter(refusals, request, response);
    const to = textOf((request.body as { to?: unknown }).to);
    const replay = await replayToKnown(outbox, filter, channels(), now(), to);
    wake();
    if (replay.kind === 'replayed') response.json({ replayed: replay.count });
    else response.status(400).json({ status: 'refused', error: replay.why });
  });
  app.post('/-/dead/discard', guard, express.json(), async (request, response) => {
    const filter = filterOf(request.body);
    if (filter === undefined) return refuseFilter(refusals, request, response);
    response.json({ discarded: await outbox.discardDead(filter) });
  });
}

const unavailable: ErrorRequestHandler = (error, _request, response, next) => {
  const away = storeAway(error);
  if (away === undefined || response.headersSent) next(error);
  else response.set(NOT_FOR_CACHES).status(away.status).json(away.body);
};

/** Carries what is asked of history and quarantine. */
function serveRecords(app: Express, guard: RequestHandler, deps: HttpDependencies): void {
  for (const { method, path, handle } of recordRoutes(deps)) {
    const serve: RequestHandler = async (request, response) => {
      const { id } = request.params;
      const body = request.body as unknown;
      const answer = await handle({ ...(typeof id === 'string' && { id }), query: request.query, body });
      if (answer.refused !== undefined) deps.refusals.add('body', answer.refused, requestDetails(request));
      const headers = { 'content-type': answer.type, 'x-content-type-options': 'nosniff', ...NOT_FOR_CACHES };
      response.writeHead(answer.status, headers).end(answer.body);
    };
    if (method === 'GET') app.get(path, guard, serve);
    else app.post(path, guard, express.json(), serve);
  }
}

/**
 * Which dead letters are meant; undefined where the request does not say so in a way that is understood: then nothing
 * may be done to any.
 */
function filterOf(given: unknown): DeadFilter | undefined {
  const { id, channel, all } = (given ?? {}) as { id?: unknown; channel?: unknown; all?: unknown };
  const ids = id === undefined ? undefined : [id].flat().map(Number);
  if (ids?.every(Number.isSafeInteger) === false || (channel !== undefined && textOf(channel) === undefined))
    return undefined;
  if (ids === undefined && channel === undefined) return all === true ? {} : undefined;
  return { ...(ids !== undefined && { ids }), ...(typeof channel === 'string' && { channel }) };
}

function refuseFilter(refusals: HttpRefusals, request: Request, response: Response): void {
  refusals.add('body', 'a request does not say which dead letters, as application/json', requestDetails(request));
  response.status(400).json({
    status: 'refused',
    error: 'say which dead letters, as application/json: {"id": [1, 2]}, {"channel": "name"} or {"all": true}',
  });
}

async function ready({ outbox, isStopping }: HttpDependencies, response: Response): Promise<void> {
  response.set(NOT_FOR_CACHES).type('text/plain');
  if (isStopping()) return void response.status(503).send('stopping\n');
  try {
    await outbox.note('ready', 'yes');
    const lost = await outbox.lost();
    if (lost === undefined) response.send('ready\n');
    else response.status(503).send(`nothing is stored to stay: ${lost}\n`);
  } catch (error) {
    response.status(503).send(`nothing can be stored: ${(error as Error).message}\n`);
  }
}

async function page({ outbox, metrics, log }: HttpDependencies, request: Request, response: Response): Promise<void> {
  const format = negotiate(request.headers.accept);
  const figures = await outbox.figures().catch((error: unknown) => {
    log.error({ err: error }, 'the figures of the outbox could not be read');
    return undefined;
  });
  const text = await metrics.page(format, figures);
  response.writeHead(200, { 'content-type': CONTENT_TYPES[format], ...NOT_FOR_CACHES }).end(text);
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
