// The express app for a service with more than a few routes. A door of its own: loading express costs 30 MB of memory.
import { STATUS_CODES, type ServerResponse } from 'node:http';
import express, { type ErrorRequestHandler, type Express } from 'express';
import type { Log } from './log.js';

/**
 * An express app with `routes` in it. What no route answers gets 404 as plain text; an error gets its own 4xx status or
 * else 500, is logged, and shows the client neither message nor stack.
 */
export function createApp(log: Log, routes: (app: Express) => void): Express {
  const app = express();
  app.disable('x-powered-by').disable('etag').set('query parser', 'simple');
  routes(app);
  app.use((_request, response) => {
    answer(response, 404);
  });
  app.use(errorHandler(log));
  return app;
}

// Express knows an error handler by its four parameters.
function errorHandler(log: Log): ErrorRequestHandler {
  return (error: unknown, request, response, _next) => {
    const status = clientErrorStatus(error) ?? 500;
    const details = { err: error, method: request.method, path: request.path, status };
    if (status === 500) log.error(details, 'a request failed');
    else log.warn(details, 'a request was refused');
    if (response.headersSent) response.destroy();
    else answer(response, status);
  };
}

function answer(response: ServerResponse, status: number): void {
  response
    .writeHead(status, { 'content-type': 'text/plain; charset=utf-8' })
    .end(`${STATUS_CODES[status] ?? 'Error'}\n`);
}

/** The status that express and its body parsers put on an error that the client has caused. */
function clientErrorStatus(error: unknown): number | undefined {
  const status = (error as { status?: unknown } | null)?.status;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : undefined;
}
