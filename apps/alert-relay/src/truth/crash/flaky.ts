// The fakes of the channels' servers, made to misbehave at random; of each message it is known what was done to it.
import {
  type Misbehaviour,
  type ReceivedMessage,
  type Receiver,
  startDingtalkReceiver,
  startSlackReceiver,
  startSmtpReceiver,
  startWebhookReceiver,
  type ReceiverOptions,
} from '@celery-watch/testbed';
import { oneOf, type Random } from './random.js';

export interface Received {
  readonly message: ReceivedMessage;
  /** Milliseconds since 1970, by the real clock. */
  readonly at: number;
  /** Whether the sender could not see the answer. */
  readonly answerLost: boolean;
}

/** How a channel of the test looks: its server, and what can go wrong with it. */
interface Kind {
  readonly type: string;
  start(options: ReceiverOptions): Promise<Receiver>;
  settings(url: string): Readonly<Record<string, unknown>>;
  readonly passing: readonly [Misbehaviour, ...Misbehaviour[]];
  readonly final: Misbehaviour;
  /** Whether people see a resend once: by the server's key, or the mail's Message-ID. */
  readonly idempotent: boolean;
  /** How much faster the server's clock goes, so that its rates do not decide how long the test takes. */
  readonly haste: number;
}

const LOST: readonly Misbehaviour[] = ['timeout', 'cut-before-answer', 'cut-within-answer'];
const HTTP: readonly [Misbehaviour, ...Misbehaviour[]] = [
  'timeout',
  'cut-before-answer',
  'cut-within-answer',
  'cut-before-answer',
  'html',
  { status: 500 },
  { status: 502, body: '<html>bad gateway</html>' },
  { status: 429, headers: { 'Retry-After': '1' } },
];

export const KINDS = {
  hook: {
    type: 'webhook',
    start: (options) => startWebhookReceiver({ ...options, secret: 'hook-secret-0815' }),
    settings: (url) => ({ url, secret: 'hook-secret-0815' }),
    passing: HTTP,
    final: { status: 400 },
    idempotent: true,
    haste: 1,
  },
  slack: {
    type: 'slack',
    start: startSlackReceiver,
    settings: (url) => ({ webhook_url: url }),
    passing: HTTP,
    final: { status: 403, body: 'invalid_token' },
    idempotent: false,
    haste: 600,
  },
  ding: {
    type: 'dingtalk',
    start: startDingtalkReceiver,
    settings: (url) => ({ webhook_url: url }),
    passing: [...HTTP, { code: -1 }],
    final: { code: 310000, message: 'sign not match' },
    idempotent: true,
    haste: 600,
  },
  mail: {
    type: 'email',
    start: startSmtpReceiver,
    settings: (url) => ({ smtp_url: url, from: 'relay@example.com', to: ['ops@example.com'] }),
    passing: [
      'timeout',
      'cut-before-answer',
      'cut-before-answer',
      { code: 451 },
      { code: 421, at: 'CONNECT' },
      'cut-before-message',
    ],
    final: { code: 550, message: '5.1.1 no such user' },
    idempotent: true,
    haste: 1,
  },
  /** The fallback: told of what the others gave up. */
  last: {
    type: 'webhook',
    start: startWebhookReceiver,
    settings: (url) => ({ url }),
    passing: HTTP,
    final: { status: 500 },
    idempotent: true,
    haste: 1,
  },
} as const satisfies Record<string, Kind>;
export type ChannelName = keyof typeof KINDS;
export const CHANNEL_NAMES = Object.keys(KINDS) as ChannelName[];

export class FlakyServer {
  readonly name: ChannelName;
  readonly received: Received[] = [];
  /** Called when the server has taken a message and has not answered yet. */
  onTaken: () => void = () => undefined;
  readonly #kind: Kind;
  readonly #random: Random;
  #receiver: Receiver | undefined;
  #planned: Misbehaviour | undefined;
  #shareOfTrouble: number;

  static async start(name: ChannelName, random: Random, shareOfTrouble: number): Promise<FlakyServer> {
    const server = new FlakyServer(name, random, shareOfTrouble);
    const begin = Date.now();
    const { haste } = server.#kind;
    const receiver = await server.#kind.start({
      now: () => begin + (Date.now() - begin) * haste,
      onMessage: (message) => {
        server.#take(message);
      },
    });
    server.#receiver = receiver;
    server.#plan();
    return server;
  }

  private constructor(name: ChannelName, random: Random, shareOfTrouble: number) {
    this.name = name;
    this.#kind = KINDS[name];
    this.#random = random;
    this.#shareOfTrouble = shareOfTrouble;
  }

  /** Its entry in the configuration. */
  entry(): Readonly<Record<string, unknown>> {
    return {
      name: this.name,
      type: this.#kind.type,
      ...this.#kind.settings(this.#receiver?.url ?? ''),
      timeout: '1s',
    };
  }

  get idempotent(): boolean {
    return this.#kind.idempotent;
  }

  /** From now on it does what it should. One trouble may still be on its way. */
  heal(): void {
    this.#shareOfTrouble = 0;
  }

  async close(): Promise<void> {
    await this.#receiver?.close();
  }

  #take(message: ReceivedMessage): void {
    const applied = this.#planned;
    this.received.push({ message, at: Date.now(), answerLost: applied !== undefined && LOST.includes(applied) });
    this.#plan();
    this.onTaken();
  }

  /** At most one trouble waits at a time: so it is known which message it met. */
  #plan(): void {
    this.#planned = undefined;
    if (this.#random() >= this.#shareOfTrouble) return;
    const planned =
      this.#random() < 0.03 && this.name !== 'last' ? this.#kind.final : oneOf(this.#random, this.#kind.passing);
    this.#receiver?.misbehave(planned);
    // What meets a connection rather than a message is not told to us.
    if (planned !== 'cut-before-message' && !(typeof planned === 'object' && 'at' in planned)) this.#planned = planned;
  }
}
