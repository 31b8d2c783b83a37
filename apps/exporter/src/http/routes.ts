// What the exporter answers over HTTP. Everything is read from memory: no answer waits for the broker or a worker.
// Four fixed paths need no framework, and the exporter must be small (express would take a quarter of its memory).
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import { CONTENT_TYPES, negotiate, type Page } from '@celery-watch/metrics';
import type { Log } from '@celery-watch/service';
import type { ConnectionState } from '../tracking/health.js';
import { landingPage } from './landing-page.js';
import type { Status } from './status.js';

const compress = promisify(gzip);

export interface RouteParts {
  readonly page: Page;
  readonly connection: ConnectionState;
  /** What the landing page shows, as of now. */
  readonly status: () => Status;
  readonly log: Log;
}

type Route = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void;

/**
 * Answers GET and HEAD on /metrics, /healthz, /readyz and /; 404 elsewhere, 405 for other methods, 500 with nothing
 * told where a route fails.
 */
export function createRoutes({ page, connection, status, log }: RouteParts): RequestListener {
  const routes: Readonly<Record<string, Route>> = {
    '/metrics': (request, response) => answerMetrics(page, request, response),
    '/healthz': (_request, response) => {
      answer(response, 200, 'alive\n');
    },
    '/readyz': (_request, response) => {
      if (connection.isUp) answer(response, 200, 'ready: connected to the broker\n');
      else answer(response, 503, `not ready: the broker is not connected: ${connection.reason}\n`);
    },
    '/': (_request, response) => {
      response.setHeader('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'");
      answer(response, 200, landingPage(status()), 'text/html');
    },
  };
  return (request, response) => {
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    const route = Object.hasOwn(routes, path) ? routes[path] : undefined;
    if (route === undefined) return answer(response, 404, 'Not Found: there are /metrics, /healthz, /readyz and /\n');
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('allow', 'GET, HEAD');
      return answer(response, 405, 'Method Not Allowed\n');
    }
    Promise.resolve()
      .then(() => route(request, response))
      .catch((error: unknown) => {
        log.error({ err: error, path }, 'a request failed');
        if (response.headersSent) response.destroy();
        else answer(response, 500, 'Internal Server Error\n');
      });
  };
}

async function answerMetrics(page: Page, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const format = negotiate(request.headers.accept);
  const text = await page.render(format);
  response.setHeader('content-type', CONTENT_TYPES[format]);
  response.setHeader('vary', 'accept, accept-encoding');
  if (!acceptsGzip(request.headers['accept-encoding'])) return void response.end(text);
  response.setHeader('content-encoding', 'gzip');
  // The first level: the scraper is near, and the time is better spent on events.
  response.end(await compress(text, { level: constants.Z_BEST_SPEED }));
}

/** Whether the client named gzip (or anything) and did not refuse it with q=0. */
function acceptsGzip(header: string | string[] | undefined): boolean {
  const codings = String(header ?? '')
    .split(',')
    .map((each) =>
      each
        .trim()
        .toLowerCase()
        .split(/\s*;\s*q\s*=\s*/),
    );
  const quality = (name: string): number | undefined => {
    const found = codings.find(([coding]) => coding === name);
    return found === undefined ? undefined : Number(found[1] ?? 1);
  };
  return (quality('gzip') ?? quality('*') ?? 0) > 0;
}

function answer(response: ServerResponse, status: number, text: string, type = 'text/plain'): void {
  response
    .writeHead(status, { 'content-type': `${type}; charset=utf-8`, 'content-length': Buffer.byteLength(text) })
    .end(text);
}
