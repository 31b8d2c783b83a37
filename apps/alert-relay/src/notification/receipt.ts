// What a server calls a message that it has: with that it can be answered, edited or found again. One kind for each way
// of naming.

/**
 * `email`: the Message-ID with its angle brackets. `slack`: the id of the channel and the time stamp, which together
 * name a message (docs/protocol/channels.md#slack). `webhook`: whatever the receiver answered as `id`.
 */
export type Receipt =
  | { readonly kind: 'email'; readonly messageId: string }
  | { readonly kind: 'slack'; readonly channel: string; readonly ts: string }
  | { readonly kind: 'webhook'; readonly id: string };

/** One part of a message that its server has. */
export interface SentPart {
  /** The part's own key. */
  readonly key: string;
  /** Milliseconds since 1970: when it was delivered. */
  readonly at: number;
  readonly receipt: Receipt;
}

/** What one channel has told of one incident before: of one episode of one group. */
export interface Conversation {
  /** The group's key. */
  readonly group: string;
  readonly episode: string;
  /** The first part that was delivered, and the last. */
  readonly root: SentPart;
  readonly last: SentPart;
}
