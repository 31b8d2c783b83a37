// RabbitMQ's management API: what AMQP itself cannot tell, as far as its user may see it
// (docs/protocol/rabbitmq.md#management).
import type { IncomingMessage, RequestOptions } from 'node:http';
import { request as requestHttps } from 'node:https';
import { isRecord } from '@celery-watch/celery-protocol';
import { nodeHttp } from '@celery-watch/service';
import { Fault } from '../fault.js';
import type { NamedServer } from '../reasons.js';
import { hostAndPort } from '../reasons.js';
import { tlsOptions } from '../tls.js';
import type { TlsSettings } from '../settings.js';
import { reasonOf } from './reasons.js';

/** Milliseconds that an answer may take: the API is slow on busy brokers. */
const LIMIT = 10_000;
/** Bytes of the longest answer: 100,000 queues have 15 MB. */
const MOST_BYTES = 32 * 1024 * 1024;

export interface ManagedQueue {
  readonly name: string;
  /** Belongs to one connection alone. */
  readonly isExclusive: boolean;
  readonly ready: number | undefined;
  readonly unacked: number | undefined;
  readonly consumers: number | undefined;
}

export interface ManagementSettings {
  readonly url: URL;
  readonly username: string;
  readonly password: string;
  readonly vhost: string;
  readonly tls: TlsSettings;
}

export class Management {
  readonly #settings: ManagementSettings;
  readonly #server: NamedServer;

  constructor(settings: ManagementSettings) {
    this.#settings = settings;
    const { url, username, password } = settings;
    const port = Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
    this.#server = {
      where: `the management API at ${hostAndPort(url.hostname.replace(/^\[|\]$/g, ''), port)}`,
      tls: url.protocol === 'https:',
      secrets: [password, username].filter((text) => text.length > 3 && text !== 'guest'),
    };
  }

  /** All queues of the vhost. Rejects with a Fault. */
  async queues(signal: AbortSignal): Promise<readonly ManagedQueue[]> {
    const columns = 'name,exclusive,messages_ready,messages_unacknowledged,consumers';
    const answer = await this.#get(`queues/${this.#vhost}?columns=${columns}`, signal);
    if (!Array.isArray(answer)) throw new Fault(`${this.#server.where} answers with no list of queues`);
    return answer.filter(isRecord).flatMap((queue) => {
      const { name } = queue;
      if (typeof name !== 'string') return [];
      return [
        {
          name,
          isExclusive: queue['exclusive'] === true,
          ready: countOf(queue['messages_ready']),
          unacked: countOf(queue['messages_unacknowledged']),
          consumers: countOf(queue['consumers']),
        },
      ];
    });
  }

  /** How many queues hear what is published to a fanout exchange; 0 where there is no such exchange. */
  async listeners(exchange: string, signal: AbortSignal): Promise<number> {
    const answer = await this.#get(`exchanges/${this.#vhost}/${encodeURIComponent(exchange)}/bindings/source`, signal);
    return Array.isArray(answer) ? answer.length : 0;
  }

  get #vhost(): string {
    return encodeURIComponent(this.#settings.vhost);
  }

  /** undefined for what is not there. */
  async #get(path: string, signal: AbortSignal): Promise<unknown> {
    const { where } = this.#server;
    const limit = AbortSignal.timeout(LIMIT);
    try {
      const { status, body } = await this.#request(path, AbortSignal.any([signal, limit]));
      if (status === 404) return undefined;
      if (status === 401)
        throw new Fault(`${where} refuses the login: its user needs the right password and the tag management`);
      if (status !== 200) throw new Fault(`${where} answers with HTTP ${String(status)}`);
      return JSON.parse(body.toString()) as unknown;
    } catch (error) {
      if (limit.aborted) throw new Fault(`${where} has not answered within ${String(LIMIT / 1000)} s`);
      if (error instanceof SyntaxError) throw new Fault(`${where} answers with what is no JSON: is it RabbitMQ's?`);
      throw new Fault(this.#reasonOf(error));
    }
  }

  #reasonOf(error: unknown): string {
    const { where } = this.#server;
    const { code = '' } = error as { readonly code?: unknown };
    if (/^HPE_/.test(String(code))) return `${where} does not speak HTTP: is it the port of the management API, 15672?`;
    if (code === 'EPROTO' || /^ERR_SSL_(?:WRONG_VERSION|PACKET_LENGTH|HTTP)/.test(String(code)))
      return `${where} does not speak HTTPS: use http:// there, in rabbitmq_management_url`;
    return reasonOf(error, this.#server);
  }

  async #request(path: string, signal: AbortSignal): Promise<{ readonly status: number; readonly body: Buffer }> {
    const { url, username, password, tls } = this.#settings;
    const isTls = url.protocol === 'https:';
    // As Flower's broker_api has it, or without its end.
    const target = new URL(`${url.pathname.replace(/\/(?:api\/?)?$/, '')}/api/${path}`, url);
    const options: RequestOptions = {
      method: 'GET',
      signal,
      agent: false,
      headers: {
        authorization: `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`,
        accept: 'application/json',
      },
      ...(isTls && (await tlsOptions(WHATEVER_THE_SETTINGS_SAY, tls))),
    };
    return new Promise((resolve, reject) => {
      const sent = (isTls ? requestHttps : nodeHttp.request)(target, options, (response) => {
        readBody(response).then((body) => {
          resolve({ status: response.statusCode ?? 0, body });
        }, reject);
      });
      sent.on('error', reject);
      sent.end();
    });
  }
}

const WHATEVER_THE_SETTINGS_SAY = {
  verify: undefined,
  checkHostname: undefined,
  caFile: undefined,
  certFile: undefined,
  keyFile: undefined,
};

async function readBody(response: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of response as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > MOST_BYTES) throw new Fault(`the management API answers with more than ${String(MOST_BYTES)} bytes`);
    pieces.push(piece);
  }
  return Buffer.concat(pieces);
}

function countOf(value: unknown): number | undefined {
  return typeof value === 'number' && value >= 0 ? value : undefined;
}
