// What every fake of a message server offers: an address, what it was given, and ways to make it behave badly.

export interface ReceivedMessage {
  /** Milliseconds since 1970, by the receiver's clock. */
  readonly at: number;
  /** Whether people see it. False for what was refused, and for a resend that the server knows for one. */
  readonly accepted: boolean;
  /** Why it was not accepted: what the answer said, or `duplicate`. */
  readonly refusal?: string;
  /** The idempotency key, where this kind of server has one. */
  readonly key?: string;
  readonly title: string;
  readonly text: string;
  /** Of an e-mail. */
  readonly html?: string;
  /** Exactly what came: a body of JSON, a mail with its headers. */
  readonly raw: string;
}

/**
 * A code of the server's own, said in its way; for SMTP a reply, `at` the command that gets it (the end of the mail if
 * absent).
 */
export interface OwnCode {
  readonly code: number;
  readonly message?: string;
  readonly at?: 'CONNECT' | 'MAIL' | 'RCPT';
}

/** An answer of HTTP as it is; not for SMTP. */
export interface RawAnswer {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/**
 * Takes the message, and answers something else than this kind of server does. For SMTP the body is the whole reply to
 * the mail, as it is.
 */
export interface Taken {
  readonly taken: RawAnswer;
}

/**
 * `timeout`: takes the message and never answers. `cut-before-answer`: takes the message and cuts the connection.
 * `cut-before-message`: cuts the connection before it has the message. `cut-within-answer`: takes the message and cuts
 * in the middle of the answer. `html`: a page, as from a proxy. `redirect`: to another address. The last four take no
 * message, `cut-within-answer` apart.
 */
export type Misbehaviour =
  | 'timeout'
  | 'cut-before-answer'
  | 'cut-before-message'
  | 'cut-within-answer'
  | 'html'
  | 'redirect'
  | OwnCode
  | RawAnswer
  | Taken;

export interface ReceiverOptions {
  /** A free one if absent. */
  readonly port?: number;
  /** Milliseconds since 1970; rates and signatures go by it. */
  readonly now?: () => number;
  readonly onMessage?: (message: ReceivedMessage) => void;
}

export interface Receiver extends AsyncDisposable {
  /** The whole address that a client needs, with the token if there is one. */
  readonly url: string;
  /** Everything that came, in its order. */
  readonly received: readonly ReceivedMessage[];
  /** The next messages, `times` of them (1), are treated so; after what was asked for before. */
  misbehave(next: Misbehaviour, times?: number): void;
  /** Ends held connections too. */
  close(): Promise<void>;
}

/** The misbehaviours that are still to come. */
export class Mischief {
  readonly #waiting: Misbehaviour[] = [];

  add(next: Misbehaviour, times = 1): void {
    for (let count = 0; count < times; count += 1) this.#waiting.push(next);
  }

  /** The next one, without taking it. */
  peek(): Misbehaviour | undefined {
    return this.#waiting[0];
  }

  take(): Misbehaviour | undefined {
    return this.#waiting.shift();
  }
}
