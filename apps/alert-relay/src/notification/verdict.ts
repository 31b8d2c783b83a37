// What became of an attempt to deliver: one of four verdicts, with a reason from a closed list.
import type { Receipt } from './receipt.js';

/** Why an attempt ended as it did; the label `reason` of the metric, so never free text. */
export const REASONS = [
  'ok',
  /** No connection, or it broke before the request was sent. */
  'network',
  /** No answer in time. */
  'timeout',
  /** The server's own limit: 429, 45009, 11232, 130101. */
  'rate_limited',
  /** 5xx, 4xx of SMTP, and the robots' "system busy". */
  'server_error',
  /** The server did not accept who we are: token, key, signature, address, login. */
  'credentials',
  /** The server wants a keyword, or forbids what the message holds. */
  'content',
  'too_large',
  /** The address leads nowhere: 404, 410, an unknown mailbox. */
  'address',
  /** An answer that is none of this kind of server's: HTML, another JSON, a redirect. */
  'not_understood',
  /** The template, the message or the configuration cannot be sent at all. */
  'unsendable',
  /** Tried for as long as the horizon allows. */
  'expired',
  /** The channel is not in the configuration any more. */
  'channel_removed',
] as const;
export type Reason = (typeof REASONS)[number];

interface Said {
  readonly reason: Reason;
  /** What the server said, in one line, for people; no secret in it. */
  readonly detail: string;
}

export type Verdict =
  /** `receipt`: where the server says what it calls the message. */
  | ({ readonly kind: 'delivered'; readonly receipt?: Receipt } & Said)
  /**
   * Surely not delivered, worth another try; not within `afterMs`, where the server says so. `wholeChannel`: that holds
   * for every message.
   */
  | ({ readonly kind: 'retry'; readonly afterMs?: number; readonly wholeChannel?: boolean } & Said)
  /** No further try can help until a person changes something. */
  | ({ readonly kind: 'permanent' } & Said)
  /**
   * The request was sent, and whether it was delivered is not known: no answer, a gateway's 502 or 504, or a mail that
   * only some of its recipients got.
   */
  | ({ readonly kind: 'ambiguous' } & Said);
