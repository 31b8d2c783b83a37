// What the exporter answers over HTTP. Everything is read from memory: no answer waits for the broker or a worker.
// Four fixed paths need no framework, and the exporter must be small (express would take a quarter of its memory).
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { type Page, PageAnswer } from '@celery-watch/metrics';
import {
  type Audience,
  BROWSER_ICON,
  type Door,
  type HttpRefusals,
  type Log,
  type Refusal,
  requestDetails,
} from '@celery-watch/service';
import type { DropInRoute } from '../dropin/drop-in.js';
import { brokersPage } from './brokers-page.js';
import { landingPage } from './landing-page.js';
import { type ConnectedBroker, readiness } from './readiness.js';
import type { Status } from './status.js';

export interface BrokerView extends ConnectedBroker {
  /** What the landing page shows, as of now. */
  readonly status: () => Status;
}

export interface RouteParts {
  readonly page: Page;
  readonly brokers: readonly BrokerView[];
  readonly log: Log;
  readonly refusals: HttpRefusals;
  /** Absent: everybody may ask for everything. */
  readonly door?: Pick<Door, 'admit' | 'dress'>;
  /** Nothing but what says whether it lives and is ready. */
  readonly only?: 'probes';
  /** Paths of another exporter, in whose place this one stands. */
  readonly more?: Readonly<Record<string, DropInRoute>>;
}

type Route = (request: IncomingMessage, response: ServerResponse) => Promise<void> | void;

/**
 * Answers GET and HEAD on /metrics, /healthz, /readyz and /; 404 elsewhere, 405 for other methods, 500 with nothing
 * told where a route fails.
 */
export function createRoutes({ page, brokers, log, refusals, door, only, more = {} }: RouteParts): RequestListener {
  const metrics = new PageAnswer({
    pieces: (format) => page.pieces(format),
    onCut: (request) => {
      refusals.add('too_slow', 'a scraper did not read its page, and was cut off', requestDetails(request));
    },
    onFull: (request) => {
      refusals.add('busy', 'too many read the page at once without gzip', requestDetails(request));
    },
  });
  const routes: Readonly<Record<string, Route>> = {
    ...Object.fromEntries(
      Object.entries(more).map(([path, route]): [string, Route] => [
        path,
        (request, response) => {
          if (route === 'metrics') return metrics.answer(request, response);
          const { status: code, text, type } = route(brokers.some(({ connection }) => connection.isUp));
          answer(response, code, text, type);
        },
      ]),
    ),
    '/metrics': (request, response) => metrics.answer(request, response),
    '/healthz': (_request, response) => {
      answer(response, 200, 'alive\n');
    },
    '/readyz': (_request, response) => {
      const { status, text } = readiness(brokers);
      answer(response, status, text);
    },
    '/': (request, response) => {
      const text = pageFor(brokers, request.url ?? '/');
      if (text === undefined) {
        const names = brokers.flatMap(({ name }) => name ?? []).join(', ');
        return answer(response, 404, `Not Found: there is no such broker${names === '' ? '' : ` among ${names}`}\n`);
      }
      response.setHeader('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'");
      answer(response, 200, text, 'text/html');
    },
  };
  const audiences: Readonly<Record<string, Audience>> = {
    ...Object.fromEntries(Object.entries(more).map(([path, route]) => [path, route === 'metrics' ? route : 'probe'])),
    '/metrics': 'metrics',
    '/healthz': 'probe',
    '/readyz': 'probe',
  };
  const admitted = async (request: IncomingMessage, response: ServerResponse, path: string): Promise<boolean> => {
    const refusal = await door?.admit(request, audiences[path] ?? 'page');
    if (refusal !== undefined) refuse(response, refusal);
    return refusal === undefined;
  };
  return (request, response) => {
    door?.dress(response);
    const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
    const isThere = Object.hasOwn(routes, path) && (only === undefined || audiences[path] === 'probe');
    const route = isThere ? routes[path] : undefined;
    if (route === undefined) {
      if (path !== BROWSER_ICON)
        refusals.add(
          'path',
          'a request for a path that is not there: Prometheus reads /metrics',
          requestDetails(request),
        );
      return answer(response, 404, 'Not Found: there are /metrics, /healthz, /readyz and /\n');
    }
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      refusals.add('method', 'a request with a method that its path does not take', requestDetails(request));
      response.setHeader('allow', 'GET, HEAD');
      return answer(response, 405, 'Method Not Allowed\n');
    }
    Promise.resolve()
      .then(() => admitted(request, response, path))
      .then((isIn) => (isIn ? route(request, response) : undefined))
      .catch((error: unknown) => {
        log.error({ err: error, path }, 'a request failed');
        if (response.headersSent) response.destroy();
        else answer(response, 500, 'Internal Server Error\n');
      });
  };
}

/** The page of the broker that the query names, of the only one, or of all; undefined where none has that name. */
function pageFor(brokers: readonly BrokerView[], url: string): string | undefined {
  const query = url.includes('?') ? new URLSearchParams(url.slice(url.indexOf('?'))) : undefined;
  const wanted = query?.get('broker') || undefined;
  const [first, ...others] = wanted === undefined ? brokers : brokers.filter(({ name }) => name === wanted);
  if (first === undefined) return undefined;
  if (others.length === 0) return landingPage(first.status());
  return brokersPage([first.status(), ...others.map(({ status }) => status())]);
}

function refuse(response: ServerResponse, { status, headers, error }: Refusal): void {
  for (const [name, value] of Object.entries(headers)) response.setHeader(name, value);
  answer(response, status, `${error.charAt(0).toUpperCase()}${error.slice(1)}\n`);
}

function answer(response: ServerResponse, status: number, text: string, type = 'text/plain'): void {
  response
    .writeHead(status, { 'content-type': `${type}; charset=utf-8`, 'content-length': Buffer.byteLength(text) })
    .end(text);
}
