// Who answers while the store cannot be opened yet: the process is alive, it can take nothing, and a post shall come
// again.
import type { RequestListener } from 'node:http';

const NOT_FOR_CACHES = { 'cache-control': 'no-store' };
const AGAIN = JSON.stringify({ status: 'unavailable', error: 'the store cannot be opened yet: try again' });

/** Nobody is asked for a login: nothing is told, and nothing done. `reason`: for people who look at `/readyz`. */
export function waitingRoom(reason: () => string): RequestListener {
  return (request, response) => {
    // What is posted has to be taken off the line, or its sender would see a broken connection and no answer.
    request.resume();
    const [path] = (request.url ?? '').split('?', 1);
    if (path === '/healthz')
      response.writeHead(200, { 'content-type': 'text/plain; charset=utf-8', ...NOT_FOR_CACHES }).end('alive\n');
    else if (path === '/readyz')
      response
        .writeHead(503, { 'content-type': 'text/plain; charset=utf-8', ...NOT_FOR_CACHES })
        .end(`nothing can be stored: ${reason()}\n`);
    else
      response
        .writeHead(503, { 'content-type': 'application/json; charset=utf-8', 'retry-after': '5', ...NOT_FOR_CACHES })
        .end(AGAIN);
  };
}
