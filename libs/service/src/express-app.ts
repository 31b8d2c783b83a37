// The express app for a service with more than a few routes. A door of its own: loading express costs 30 MB of memory.
import { STATUS_CODES, type ServerResponse } from 'node:http';
import express, { type ErrorRequestHandler, type Express, type Request } from 'express';
import { clip } from './foreign-data.js';
import { BROWSER_ICON, type HttpRefusals, requestDetails } from './http-refusals.js';
import type { Log } from './log.js';

export interface AppSettings {
  readonly log: Log;
  readonly refusals: HttpRefusals;
  /** Plain text for whoever asks for a path that is not there. */
  readonly notFound: string;
  /** The methods of a path, as `Allow` names them. */
  readonly methods: readonly (readonly [path: string, allow: string])[];
}

/**
 * An express app with `routes` in it. What no route answers gets 404 as plain text, or 405 where the path is there for
 * other methods; an error gets its own 4xx status or else 500, and shows the client neither message nor stack. All of
 * them are logged, refusals also counted.
 */
export function createApp({ log, refusals, notFound, methods }: AppSettings, routes: (app: Express) => void): Express {
  const app = express();
  app.disable('x-powered-by').disable('etag').set('query parser', 'simple');
  routes(app);
  for (const [path, allow] of methods)
    app.all(path, (request, response) => {
      refusals.add('method', 'a request with a method that its path does not take', { ...details(request), allow });
      answer(response.set('allow', allow), 405, `${request.path} takes ${allow}`);
    });
  app.use((request, response) => {
    if (request.path !== BROWSER_ICON)
      refusals.add('path', 'a request for a path that is not there', { ...details(request), hint: notFound });
    answer(response, 404, notFound);
  });
  app.use(errorHandler(log, refusals));
  return app;
}

function details(request: Request): Readonly<Record<string, unknown>> {
  return requestDetails({ method: request.method, url: request.originalUrl, socket: request.socket });
}

// Express knows an error handler by its four parameters.
function errorHandler(log: Log, refusals: HttpRefusals): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => {
    const status = clientErrorStatus(error) ?? 500;
    const said = { ...details(request), status };
    if (status === 500) log.error({ err: error, ...said }, 'a request failed');
    else refusals.add(status === 413 ? 'too_large' : 'body', 'a request was refused', { ...whyOf(error), ...said });
    if (response.headersSent) response.destroy();
    else answer(response, status);
  };
}

function answer(response: ServerResponse, status: number, more?: string): void {
  response
    .writeHead(status, { 'content-type': 'text/plain; charset=utf-8' })
    .end(`${STATUS_CODES[status] ?? 'Error'}${more === undefined ? '' : `: ${more}`}\n`);
}

/** Of a body parser's error no more: it holds the whole body. */
function whyOf(error: unknown): Readonly<Record<string, unknown>> {
  const { message, type } = error as { readonly message?: unknown; readonly type?: unknown };
  return { why: clip(String(message), LONGEST_WHY), ...(typeof type === 'string' && { type }) };
}

const LONGEST_WHY = 201;

/** The status that express and its body parsers put on an error that the client has caused. */
function clientErrorStatus(error: unknown): number | undefined {
  const status = (error as { status?: unknown } | null)?.status;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
}
