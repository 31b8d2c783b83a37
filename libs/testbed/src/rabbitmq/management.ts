// A small client of RabbitMQ's management API, for what a test prepares or looks at from the outside.

export interface ManagedQueue {
  readonly name: string;
  readonly vhost: string;
  readonly durable: boolean;
  readonly auto_delete: boolean;
  readonly exclusive: boolean;
  readonly arguments: Readonly<Record<string, unknown>>;
  /** Absent until the server has taken its first sample, which it takes every five seconds. */
  readonly messages_ready?: number;
  readonly messages_unacknowledged?: number;
  readonly consumers?: number;
}

export interface ManagedBinding {
  readonly source: string;
  readonly destination: string;
  readonly destination_type: 'queue' | 'exchange';
  readonly routing_key: string;
}

export interface ManagedConnection {
  readonly name: string;
  readonly user: string;
  readonly vhost: string;
  /** `running`, `blocked`, `blocking` … */
  readonly state: string;
  readonly client_properties: Readonly<Record<string, unknown>>;
}

export interface QueueSettings {
  readonly durable?: boolean | undefined;
  readonly auto_delete?: boolean | undefined;
  readonly arguments?: Readonly<Record<string, unknown>> | undefined;
}

export interface Permissions {
  readonly configure: string;
  readonly write: string;
  readonly read: string;
}

export interface Policy {
  readonly pattern: string;
  readonly definition: Readonly<Record<string, unknown>>;
  readonly 'apply-to'?: 'queues' | 'exchanges' | 'all' | undefined;
  readonly priority?: number | undefined;
}

const NOT_FOUND = 404;

export class RabbitmqManagement {
  /** Without the login: `http://127.0.0.1:15672`. */
  readonly url: string;
  readonly #vhost: string;
  readonly #authorization: string;

  constructor(url: string, login: { readonly user: string; readonly password: string }, vhost: string) {
    this.url = url;
    this.#vhost = vhost;
    this.#authorization = `Basic ${Buffer.from(`${login.user}:${login.password}`).toString('base64')}`;
  }

  putVhost(name: string): Promise<void> {
    return this.#change('PUT', `vhosts/${part(name)}`, {});
  }

  putUser(name: string, password: string, tags = ''): Promise<void> {
    return this.#change('PUT', `users/${part(name)}`, { password, tags });
  }

  putPermissions(user: string, permissions: Permissions, vhost = this.#vhost): Promise<void> {
    return this.#change('PUT', `permissions/${part(vhost)}/${part(user)}`, permissions);
  }

  putPolicy(name: string, policy: Policy, vhost = this.#vhost): Promise<void> {
    return this.#change('PUT', `policies/${part(vhost)}/${part(name)}`, policy);
  }

  deletePolicy(name: string, vhost = this.#vhost): Promise<void> {
    return this.#change('DELETE', `policies/${part(vhost)}/${part(name)}`);
  }

  putQueue(name: string, settings: QueueSettings = {}, vhost = this.#vhost): Promise<void> {
    return this.#change('PUT', `queues/${part(vhost)}/${part(name)}`, { durable: true, ...settings });
  }

  purgeQueue(name: string, vhost = this.#vhost): Promise<void> {
    return this.#change('DELETE', `queues/${part(vhost)}/${part(name)}/contents`);
  }

  deleteQueue(name: string, vhost = this.#vhost): Promise<void> {
    return this.#change('DELETE', `queues/${part(vhost)}/${part(name)}`);
  }

  queues(vhost = this.#vhost): Promise<ManagedQueue[]> {
    return this.get(`queues/${part(vhost)}`);
  }

  /** Undefined when there is none of that name. */
  queue(name: string, vhost = this.#vhost): Promise<ManagedQueue | undefined> {
    return this.#find(`queues/${part(vhost)}/${part(name)}`);
  }

  bindings(vhost = this.#vhost): Promise<ManagedBinding[]> {
    return this.get(`bindings/${part(vhost)}`);
  }

  /** Publishes a persistent message; false when no queue took it. */
  async publish(exchange: string, routingKey: string, body: string, vhost = this.#vhost): Promise<boolean> {
    const name = exchange === '' ? 'amq.default' : exchange;
    const answer = await this.#ask('POST', `exchanges/${part(vhost)}/${part(name)}/publish`, {
      routing_key: routingKey,
      payload: body,
      payload_encoding: 'string',
      properties: { delivery_mode: 2 },
    });
    return ((await answer.json()) as { readonly routed: boolean }).routed;
  }

  connections(): Promise<ManagedConnection[]> {
    return this.get('connections');
  }

  /** Closes the connections that fit, from the server's side; gives how many. New ones show up with the next sample. */
  async closeConnections(fits: (connection: ManagedConnection) => boolean = () => true): Promise<number> {
    const found = (await this.connections()).filter(fits);
    await Promise.all(found.map(({ name }) => this.#change('DELETE', `connections/${part(name)}`)));
    return found.length;
  }

  /** Any other path below `/api/`. */
  async get<T>(path: string): Promise<T> {
    return (await (await this.#ask('GET', path)).json()) as T;
  }

  async #find<T>(path: string): Promise<T | undefined> {
    const answer = await this.#ask('GET', path, undefined, [NOT_FOUND]);
    return answer.status === NOT_FOUND ? undefined : ((await answer.json()) as T);
  }

  async #change(method: 'PUT' | 'DELETE', path: string, body?: unknown): Promise<void> {
    const answer = await this.#ask(method, path, body, method === 'DELETE' ? [NOT_FOUND] : []);
    await answer.arrayBuffer();
  }

  async #ask(method: string, path: string, body?: unknown, alsoFine: readonly number[] = []): Promise<Response> {
    const answer = await fetch(`${this.url}/api/${path}`, {
      method,
      headers: { authorization: this.#authorization, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(20_000),
    });
    if (answer.ok || alsoFine.includes(answer.status)) return answer;
    throw new Error(`${method} ${path} was answered with ${answer.status}: ${await answer.text()}`);
  }
}

function part(name: string): string {
  return encodeURIComponent(name);
}
