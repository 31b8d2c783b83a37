// The plug-in point of the relay: what a channel must do. One file per channel, one table, one contract test.
import type { ZodType } from 'zod';
import type { Conversation, Message, Receipt, Urgency, Verdict } from '../notification/index.js';

/** The markup that a channel's server reads; text from alerts is escaped for it before it gets here. */
export type Markup = 'html' | 'plain' | 'slack' | 'dingtalk' | 'wecom' | 'feishu';

export type Tone = Urgency | 'resolved';

/** The sections of one part, rendered and escaped in one markup. */
export interface Sections {
  /** What comes before the alerts: what changed, since when. */
  readonly head: string;
  /** One block for each alert, or for a run of alerts in lines. */
  readonly blocks: readonly string[];
  /** What comes after: what fires on, links. */
  readonly foot: string;
}

/** One part of a message, ready to be dressed for its server. */
export interface Part {
  /**
   * The same for every resend of this part, unlike any other's; letters, digits, `-`. The channel's idempotency key
   * where it has one.
   */
  readonly key: string;
  /** One line of plain text: not escaped, no markup. */
  readonly title: string;
  /** The same for an inbox, which shows no more of a mail: state, number and names. Absent: the title. */
  readonly subject?: string;
  readonly tone: Tone;
  /** In the channel's own markup. */
  readonly body: Sections;
  /** The same in plain text, for channels that send both. */
  readonly plain: Sections;
  /** 1 of 3. */
  readonly index: number;
  readonly total: number;
  /** The message of which this is a part, for channels that send data rather than text. */
  readonly message: Message;
  /** The range of `message.alerts` in this part. */
  readonly from: number;
  readonly to: number;
  /** When it goes out, in milliseconds since 1970; absent: when the message was composed. */
  readonly sentAt?: number;
  /**
   * An earlier attempt may have been delivered: channels without an idempotency key show it (the sections hold the
   * words already).
   */
  readonly possibleDuplicate: boolean;
}

/** What sending needs to know of a part: without the message, which may be megabytes and stays on its thread. */
export type PartSlip = Pick<Part, 'key' | 'index' | 'total' | 'from' | 'to' | 'possibleDuplicate'>;

/**
 * A request as it would go out, apart from what depends on the moment of sending: signature, time, connection. Plain
 * data, which goes from the thread where it was made to the one that sends it.
 */
export interface Dressed {
  /** Exactly what the server gets (a body of JSON, a mail with its headers), for `preview` and for counting. */
  readonly content: string;
  /** In the server's own unit. */
  readonly size: number;
  /** The part it came from. */
  readonly part: PartSlip;
}

/**
 * Pure: the same part gives the same bytes, on any thread. Never throws for any text in a part; what is over a limit
 * other than `size` (blocks, fields) is counted as too large: `size` is then above the limit.
 */
export type Dresser = (part: Part) => Dressed;

/** The most that the server takes in one request. */
export interface Limit {
  readonly max: number;
  readonly unit: 'bytes' | 'characters';
}

/** What the server has already, by its own names: with that a part can answer or edit. */
export interface SentBefore {
  /** Of the incidents that the message tells of; one that the server was never told of, or gave no name, is missing. */
  readonly conversations: readonly Conversation[];
  /** Of the other parts of this message, in their order; undefined: not delivered yet, or without a receipt. */
  readonly parts: readonly (Receipt | undefined)[];
}

/** How many requests a server allows. `perSecond` where it also limits bursts. */
export interface Budget {
  readonly perMinute: number;
  readonly perSecond?: number;
}

/**
 * A channel of one configuration entry. Implementations keep no alert: a message that is not delivered is the outbox's.
 */
export interface Channel {
  /** The dresser of its type. */
  readonly dress: Dresser;
  /** One attempt, ended by `signal` at the latest; never retries, never throws: every failure is a verdict. */
  send(dressed: Dressed, signal: AbortSignal, before?: SentBefore): Promise<Verdict>;
  /** Lets connections go. No `send` is called after it. */
  close(): Promise<void>;
}

/** What every channel is given beside its own settings. */
export interface ChannelContext {
  /** The entry's name in the configuration. */
  readonly name: string;
  /** Milliseconds since 1970; signatures need it. */
  readonly now: () => number;
  /** Milliseconds that no change of the clock moves; absent: `now`, for one that sends at once and is gone. */
  readonly steady?: () => number;
}

/**
 * How messages look in a kind of channel. It opens nothing and needs none of the libraries that read a configuration or
 * send: messages are made on other threads than they are sent.
 */
export interface Look<Settings> {
  readonly markup: Markup;
  /** Follows from settings and name alone. */
  readonly dresser: (settings: Settings, name: string) => Dresser;
}

/** A kind of channel: a line of the table. */
export interface ChannelType<Settings> extends Look<Settings> {
  /**
   * The keys of its own in the configuration; names, locale, budget and templates are everybody's. A strict object: an
   * unknown key is refused.
   */
  readonly settings: ZodType<Settings>;
  readonly limit: (settings: Settings) => Limit;
  /** The server's budget with headroom; the configuration may change it. */
  readonly budget: Budget;
  /** How long an attempt may take, in milliseconds; the configuration may change it. */
  readonly timeoutMs: number;
  /**
   * Whether a resend with the same key is shown once, whoever passes it on: then no "possible duplicate" is written on
   * it.
   */
  readonly idempotent: boolean;
  create(settings: Settings, context: ChannelContext): Channel;
}
