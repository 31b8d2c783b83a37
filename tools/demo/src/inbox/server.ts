// The HTTP server of the inbox page: the page, its changes as server-sent events, and the buttons.
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { listen, silentLog } from '@celery-watch/service';
import type { Outcome } from '../causes/cause-runner.js';
import type { CauseName } from '../causes/table.js';
import { page } from './page.js';
import { STYLE } from './style.js';
import { buttonsOf, type Fragment, fragmentsOf, type ViewParts } from './view.js';

/** A change of the store comes with others: they are sent together. */
const GATHER_MS = 60;
const PARTS_EVERY_MS = 500;

const HEADERS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
};
const CLIENT = new URL('client.js', import.meta.url);

export interface InboxServer extends AsyncDisposable {
  readonly port: number;
  /** Shown on every open page. */
  say(text: string): void;
}

/** Listens on 127.0.0.1 alone: whoever reaches it may stop the demo's broker. */
export async function startInbox(port: number, view: ViewParts): Promise<InboxServer> {
  const run = randomUUID();
  const pages = new Set<ServerResponse>();
  const sent = new Map<string, string>();
  let gathering: NodeJS.Timeout | undefined;

  const tell = (name: string, data: unknown): void => {
    for (const each of pages) write(each, name, data);
  };
  const sendChanges = (): void => {
    gathering = undefined;
    if (pages.size === 0) return;
    const fragments = fragmentsOf(view);
    // Each new one goes before those that are there, so the oldest is sent first.
    for (const fragment of [...fragments].reverse()) {
      if (sent.get(fragment.id) !== fragment.version) tell('change', fragment);
    }
    remember(sent, fragments);
    tell('buttons', buttonsOf(view));
  };
  const gather = (): void => {
    gathering ??= setTimeout(sendChanges, GATHER_MS);
  };
  const unsubscribe = view.store.onChange(gather);
  view.runner.onChange(gather);
  // A part that ends by itself is no change of the store.
  const looking = setInterval(gather, PARTS_EVERY_MS);

  const subscribe = (response: ServerResponse): void => {
    response.writeHead(200, { ...HEADERS, 'content-type': 'text/event-stream' });
    pages.add(response);
    response.on('close', () => pages.delete(response));
    write(response, 'hello', run);
    for (const fragment of [...fragmentsOf(view)].reverse()) write(response, 'change', fragment);
    write(response, 'buttons', buttonsOf(view));
  };

  const press = async (
    request: IncomingMessage,
    response: ServerResponse,
    work: () => Promise<Outcome>,
  ): Promise<void> => {
    if (request.headers['x-demo'] !== 'yes') {
      answer(response, 403, 'text/plain', 'the header X-Demo: yes is wanted');
      return;
    }
    // A press that the demo declines is no failure of HTTP: browsers would log it as an error.
    answer(response, 200, 'application/json', JSON.stringify(await work()));
  };

  const server = await listen(
    (request, response) => {
      const url = request.url ?? '/';
      const cause = /^\/cause\/(\w+)$/.exec(url)?.[1];
      if (request.method === 'POST' && cause !== undefined && Object.hasOwn(view.causes, cause))
        void press(request, response, () => view.runner.press(cause as CauseName));
      else if (request.method === 'POST' && url === '/repair')
        void press(request, response, () => view.runner.repair());
      else if (request.method !== 'GET') answer(response, 405, 'text/plain', 'that cannot be done here');
      else if (url === '/')
        answer(response, 200, 'text/html; charset=utf-8', page(run, fragmentsOf(view), view.causes));
      else if (url === '/style.css') answer(response, 200, 'text/css; charset=utf-8', STYLE);
      else if (url === '/client.js')
        answer(
          response,
          200,
          'text/javascript; charset=utf-8',
          readFileSync(CLIENT, 'utf8').replace(/^\/\/# sourceMappingURL=.*$/m, ''),
        );
      else if (url === '/events') subscribe(response);
      else answer(response, 404, 'text/plain', 'there is no such page');
    },
    { host: '127.0.0.1', port, log: silentLog() },
  );

  return {
    port: server.port,
    say: (text) => {
      tell('said', text);
    },
    [Symbol.asyncDispose]: async () => {
      clearInterval(looking);
      clearTimeout(gathering);
      unsubscribe();
      for (const each of pages) each.end();
      await server.close();
    },
  };
}

function answer(response: ServerResponse, status: number, type: string, body: string): void {
  response.writeHead(status, { ...HEADERS, 'content-type': type }).end(body);
}

function write(response: ServerResponse, name: string, data: unknown): void {
  response.write(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`);
}

function remember(sent: Map<string, string>, fragments: readonly Fragment[]): void {
  sent.clear();
  for (const { id, version } of fragments) sent.set(id, version);
}
