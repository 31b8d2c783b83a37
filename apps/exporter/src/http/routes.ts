// What the exporter answers over HTTP. Everything is read from memory: no answer waits for the broker or a worker.
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import { CONTENT_TYPES, negotiate } from '@celery-watch/metrics';
import { createApp, type Log } from '@celery-watch/service';
import type { Page } from '../metrics/page.js';
import type { Connection } from '../tracking/connection.js';
import { landingPage } from './landing-page.js';
import type { Status } from './status.js';

const compress = promisify(gzip);

export interface RouteParts {
  readonly page: Page;
  readonly connection: Connection;
  /** What the landing page shows, as of now. */
  readonly status: () => Status;
  readonly log: Log;
}

/** An express app with the four routes: /metrics, /healthz, /readyz and the landing page. */
export function createRoutes({ page, connection, status, log }: RouteParts): ReturnType<typeof createApp> {
  return createApp(log, (app) => {
    app.get('/metrics', async (request, response) => {
      const format = negotiate(request.headers.accept);
      const text = await page.render(format);
      response.setHeader('content-type', CONTENT_TYPES[format]);
      response.setHeader('vary', 'accept, accept-encoding');
      if (request.acceptsEncodings('gzip') === false) return void response.end(text);
      response.setHeader('content-encoding', 'gzip');
      // The first level: the scraper is near, and the time is better spent on events.
      response.end(await compress(text, { level: constants.Z_BEST_SPEED }));
    });
    app.get('/healthz', (_request, response) => {
      response.type('text/plain').send('alive\n');
    });
    app.get('/readyz', (_request, response) => {
      response.type('text/plain');
      if (connection.isUp) response.send('ready: connected to the broker\n');
      else response.status(503).send(`not ready: the broker is not connected: ${connection.reason}\n`);
    });
    app.get('/', (_request, response) => {
      response.setHeader('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'");
      response.type('text/html').send(landingPage(status()));
    });
  });
}
