// A TCP port that nothing listens on, for a server that has to be told its port before it starts.
import { createServer } from 'node:net';

// Below the kernel's range for outgoing connections (from 32768 on Linux), so that no client takes the port while its
// server is down.
const LOWEST = 20_000;
const COUNT = 12_000;

const handedOut = new Set<number>();

export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 200; attempt += 1) {
    const port = LOWEST + Math.floor(Math.random() * COUNT);
    if (handedOut.has(port) || !(await isPortFree(port))) continue;
    handedOut.add(port);
    return port;
  }
  throw new Error(`no free port found between ${LOWEST} and ${LOWEST + COUNT}`);
}

/** Whether nothing listens on that port of this machine now. */
export function isPortFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => {
      resolve(false);
    });
    server.listen({ port, host: '127.0.0.1' }, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}
