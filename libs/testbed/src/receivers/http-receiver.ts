// The HTTP part of every fake: reads the whole request, lets the fake judge it, answers or misbehaves, and keeps what
// came.
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

import {
  Mischief,
  type OwnCode,
  type RawAnswer,
  type ReceivedMessage,
  type Receiver,
  type ReceiverOptions,
} from './receiver.js';

export interface HttpRequest {
  readonly headers: IncomingHttpHeaders;
  readonly query: URLSearchParams;
  readonly body: string;
  /** By the receiver's clock. */
  readonly now: number;
}

/** What a fake makes of a request; `refusal` where people do not see it. */
export interface Judged {
  readonly refusal?: string;
  readonly key?: string;
  readonly title?: string;
  readonly text?: string;
  readonly answer: RawAnswer;
}

export interface HttpFake {
  /** With its query, as clients are told it. */
  readonly path: string;
  judge(request: HttpRequest): Judged;
  /** How this server says a code. */
  sayCode(code: number, message: string): RawAnswer;
}

export async function startHttpReceiver(
  fake: HttpFake,
  { port = 0, now = Date.now, onMessage }: ReceiverOptions,
): Promise<Receiver> {
  const received: ReceivedMessage[] = [];
  const mischief = new Mischief();
  const sockets = new Set<Socket>();

  const keep = (body: string, { refusal, key, title = '', text = '' }: Partial<Judged>): void => {
    const message = {
      at: now(),
      accepted: refusal === undefined,
      ...(refusal !== undefined && { refusal }),
      ...(key !== undefined && { key }),
      title,
      text,
      raw: body,
    };
    received.push(message);
    onMessage?.(message);
  };

  const handle = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const url = new URL(request.url ?? '/', 'http://receiver');
    if (request.method !== 'POST' || url.pathname !== new URL(fake.path, 'http://receiver').pathname) {
      write(response, { status: request.method === 'POST' ? 404 : 405, body: 'no such address' });
      return;
    }
    if (mischief.peek() === 'cut-before-message') {
      mischief.take();
      request.socket.destroy();
      return;
    }
    const body = await readBody(request);
    const next = mischief.take();
    const taken = typeof next === 'object' && 'taken' in next ? next.taken : undefined;
    if (next === 'html' || next === 'redirect' || (typeof next === 'object' && !('taken' in next))) {
      const answer = answerOf(next, fake);
      keep(body, { refusal: `misbehaviour: ${answer.status}` });
      write(response, answer);
      return;
    }
    const judged = fake.judge({ headers: request.headers, query: url.searchParams, body, now: now() });
    keep(body, judged);
    if (next === 'timeout') return;
    if (next === 'cut-before-answer') request.socket.destroy();
    else if (next === 'cut-within-answer')
      response.writeHead(200, { 'Content-Length': 500 }).write('{"err', () => request.socket.destroy());
    else write(response, taken ?? judged.answer);
  };

  const server = createServer((request, response) => {
    // A client that goes away in the middle has sent no message.
    handle(request, response).catch(() => request.socket.destroy());
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  server.listen({ port, host: '127.0.0.1' });
  await once(server, 'listening');
  const close = async (): Promise<void> => {
    if (!server.listening) return;
    server.close();
    for (const socket of sockets) socket.destroy();
    await once(server, 'close');
  };
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${fake.path}`,
    received,
    misbehave: (next, times) => mischief.add(next, times),
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
}

function answerOf(next: 'html' | 'redirect' | OwnCode | RawAnswer, fake: HttpFake): RawAnswer {
  if (next === 'html')
    return {
      status: 200,
      headers: { 'Content-Type': 'text/html' },
      body: '<!DOCTYPE html><html><head><title>Log in</title></head><body>The network wants you to log in.</body></html>',
    };
  if (next === 'redirect') return { status: 302, headers: { Location: 'http://127.0.0.1:9/elsewhere' } };
  return 'status' in next ? next : fake.sayCode(next.code, next.message ?? 'as asked for');
}

function write(response: ServerResponse, { status, body = '', headers = {} }: RawAnswer): void {
  response.writeHead(status, headers).end(body);
}

/** The object in a body of JSON, or undefined. */
export function readObject(body: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(body);
    return isObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((each) => typeof each === 'string');
}
