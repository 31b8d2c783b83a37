// What the HTTP side asks of the core: plain requests and plain answers, since they pass from one thread to another.
import type { PostResponse } from '../accept/acceptor.js';

/** A request for anything but the webhook, whoever sent it may do so. */
export interface CoreRequest {
  readonly method: string;
  /** Without the query, as it is looked up. */
  readonly path: string;
  readonly query: Readonly<Record<string, string | readonly string[]>>;
  /** What the client takes. */
  readonly accept?: string;
  /** The bytes of its body, which says that it is JSON; absent where it has none. */
  readonly body?: Uint8Array;
  /** What the log may say of it. */
  readonly shown: Readonly<Record<string, unknown>>;
}

export interface CoreAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | Uint8Array;
}

export interface Why {
  readonly en: string;
  readonly zh: string;
}

export interface Core {
  accept(body: Uint8Array, startName?: string): Promise<PostResponse>;
  refuseUnreadable(body: Uint8Array, reason: string): Promise<PostResponse>;
  refuseTooLarge(why: Why): Promise<PostResponse>;
  answer(request: CoreRequest): Promise<CoreAnswer>;
}
