// The store between accepting and delivering: small interfaces, implemented by an embedded database, by a server's
// database that several relays share, and in memory; one contract test.
import type {
  Conversation,
  Notification,
  PlannedPart,
  Reason,
  Receipt,
  StoredNotification,
  Verdict,
} from '../notification/index.js';
import type { Inbox } from './inbox.js';

export { StoredNotToStay, StoreRefused, StoreUnavailable } from './errors.js';

export type { AlertState, Held, Inbox, Intake, KnownGroup } from './inbox.js';

/** A message on its way: notifications of one channel that nobody else may touch until the lease ends. */
export interface Claim {
  /**
   * A UUID; the same for a resend of what may have been accepted, another one when the notifications were set free in
   * between.
   */
  readonly messageId: string;
  /** Fencing: grows with every claim of these notifications; an older holder's word does not count any more. */
  readonly token: number;
  readonly channel: string;
  /**
   * Oldest first, at least one. Complete for their groups: nothing older of a group waits outside. Their JSON may be
   * megabytes: whoever has made a message of it lets it go (`''`), and may ask for it again (`contents`).
   */
  notifications: readonly StoredNotification[];
  /** When this message was first claimed: what it says of time must not change in a resend. */
  readonly composedAt: number;
  /** 1 for the first attempt; attempts of notifications that were set free count on. */
  readonly attempt: number;
  /** An earlier attempt of this same message may have been delivered. */
  readonly ambiguous: boolean;
  /**
   * How many attempts ended without an answer that could be understood; like `attempt` it counts on where notifications
   * were set free.
   */
  readonly unclear: number;
  readonly plan: readonly PlannedPart[] | undefined;
  /**
   * What this channel was told before of the incidents in it, where its server gave receipts: of each episode of each
   * group once, in the order of the notifications. A part that was delivered counts from its `progress` or `settle` on,
   * whatever became of the rest of its message.
   */
  readonly conversations: readonly Conversation[];
}

/** One request to a server: what was sent, and what came back. */
export interface Attempt {
  /** Milliseconds since 1970: when it was sent. */
  readonly at: number;
  readonly latencyMs: number;
  /** 1 of 3. */
  readonly part: number;
  readonly parts: number;
  /** The part's key. */
  readonly key: string;
  readonly verdict: Verdict['kind'];
  readonly reason: Reason;
  /** The server's own words; no secret. */
  readonly detail: string;
  /** What the server got, without signature and login. The store keeps the beginning of it (`SENT_KEPT`). */
  readonly sent: string;
  readonly receipt?: Receipt;
}

export interface ClaimRequest {
  readonly now: number;
  readonly leaseMs: number;
  /**
   * True: one message of everything of the channel that is due, except what must go alone. False: only the most urgent
   * group; among equals the oldest.
   */
  readonly digest: boolean;
  /** At most this many alerts' changes in one claim (but at least one notification). */
  readonly maxChanges: number;
  /** At most so many bytes of their JSON (but at least one notification). */
  readonly maxBytes: number;
  /**
   * The channel that is to tell of a message given up because the process ended each time it was sent; see
   * `Queue.claim`.
   */
  readonly fallback?: string | undefined;
}

export type Settlement =
  | { readonly kind: 'delivered'; readonly at: number }
  | {
      readonly kind: 'retry';
      readonly at: number;
      readonly notBefore: number;
      readonly reason: Reason;
      readonly detail: string;
      /**
       * True where part of it was or may have been delivered: it stays one message and is sent again as it is. False
       * sets its notifications free to merge with newer ones.
       */
      readonly keep: boolean;
      /**
       * With `keep: false`: the server refused this message for its contents, and it holds more than one notification.
       * From now on each of its groups goes alone; where it was one group, each of its notifications, in order. So the
       * refused one is found.
       */
      readonly alone?: boolean;
      /** True where no answer came, or none that could be understood: the next claim counts it. */
      readonly unclear: boolean;
      /**
       * Notifications accepted before this are given up (`expired`), and with each all of its group in this claim: who
       * is told elsewhere that it fires must be told there that it ended. A kept message is given up as a whole.
       */
      readonly expireBefore: number;
      readonly fallback: string | undefined;
    }
  | {
      readonly kind: 'dead';
      readonly at: number;
      readonly reason: Reason;
      readonly detail: string;
      /**
       * The channel that is to tell: it gets a copy of each notification with `undelivered` set. Not for copies, and
       * not where it is the channel itself.
       */
      readonly fallback: string | undefined;
    }
  /** Nothing was sent (shutting down): back as it was, no attempt counted. */
  | { readonly kind: 'returned' };

export interface Waiting {
  /** Groups of which something is due now. */
  readonly groups: number;
  /** When the next of the others becomes due; undefined where none waits. */
  readonly nextAt: number | undefined;
}

export interface Queue {
  waiting(channel: string, now: number): Promise<Waiting>;
  /**
   * The next message of a channel, or undefined. Per (channel, group) in order: while one is claimed or waits for its
   * next try, nothing younger of that group goes. Claims whose lease ended, and all claims of an earlier run, count as
   * ambiguous. A message that was claimed so five times in a row without a settlement is not claimed again, since it
   * may be what ends the process: it is a dead letter (`unsendable`), and its contents are not read for that.
   */
  claim(channel: string, request: ClaimRequest): Promise<Claim | undefined>;
  /** What a claim holds, as it was given at first; undefined where the claim is not ours any more. */
  contents(claim: Claim): Promise<readonly StoredNotification[] | undefined>;
  /** Keeps how far a message got and prolongs its lease; false where the claim is not ours any more. */
  progress(
    claim: Claim,
    plan: readonly PlannedPart[],
    leaseUntil: number,
    attempts?: readonly Attempt[],
  ): Promise<boolean>;
  /**
   * Ends a claim; false where it is not ours any more, and nothing was changed. `attempts`, here and above: those that
   * no earlier call was given that resolved with true. They are kept in the same transaction, for each delivery of the
   * message. Of each incident in the message the first part ever that was delivered with a receipt stays the root of
   * its conversation; the newest is the last.
   */
  settle(claim: Claim, settlement: Settlement, attempts?: readonly Attempt[]): Promise<boolean>;
}

/**
 * What a list says of a notification without its contents, which may be megabytes: whose it is and which alerts
 * changed. Bounded, whatever a post held: texts are clipped, and what is over the numbers is left out.
 */
export interface NotificationSummary {
  readonly group: { readonly receiver: string; readonly labels: Readonly<Record<string, string>> };
  /** The names of the alerts that changed, in the order of the post, and how many changes each has. */
  readonly alerts: readonly { readonly name: string; readonly count: number }[];
  /** Milliseconds since 1970: when the post was accepted. */
  readonly acceptedAt: number;
}

/** What a person needs of a dead letter to decide: never its contents, of which a list would hold gigabytes. */
export interface DeadLetter extends NotificationSummary {
  readonly id: number;
  readonly channel: string;
  /** How many alerts' changes it tells; `alerts` may name fewer. */
  readonly changes: number;
  /** Present where this channel was to tell of what another had given up. */
  readonly undelivered?: Notification['undelivered'];
  readonly reason: Reason;
  readonly detail: string;
  readonly attempts: number;
  readonly diedAt: number;
}

/** Which dead letters: by id, by channel, or all. */
export interface DeadFilter {
  readonly ids?: readonly number[];
  readonly channel?: string;
}

export interface DeadLetters {
  /** Newest first; `limit` counts as 1 up to 1,000. */
  listDead(filter: DeadFilter, limit: number): Promise<readonly DeadLetter[]>;
  /**
   * Back into the queue, to `channel` where one is given, with their attempts and their age starting anew; how many.
   */
  replayDead(filter: DeadFilter, now: number, channel?: string): Promise<number>;
  /** How many were removed for good. */
  discardDead(filter: DeadFilter): Promise<number>;
  /**
   * Everything that waits for a channel which no configuration has becomes a dead letter (`channel_removed`); how many.
   * `channels`: those of this relay. What another relay of this store knows, or knew until a moment ago, waits.
   */
  giveUpRemovedChannels(channels: readonly string[], at: number, fallback: string | undefined): Promise<number>;
}

export const DELIVERY_STATES = ['waiting', 'delivered', 'dead'] as const;
export type DeliveryState = (typeof DELIVERY_STATES)[number];

/**
 * Which deliveries; each key that is there must fit, and an empty list fits none. Times are those of acceptance,
 * milliseconds since 1970.
 */
export interface HistoryFilter {
  readonly ids?: readonly number[];
  /** From `since` up to but without `until`. */
  readonly since?: number;
  readonly until?: number;
  readonly channel?: string;
  readonly states?: readonly DeliveryState[];
  /**
   * Labels, each of which some alert that changed carries with exactly this value (not each label the same alert); the
   * name of an alert is its label `alertname`. Of a post with thousands of them not all are found: see `termsOf`.
   */
  readonly labels?: Readonly<Record<string, string>>;
}

/** One notification on its way to one channel, or at its end. */
export interface HistoryEntry extends NotificationSummary {
  /** The same number as in a list of dead letters. */
  readonly id: number;
  readonly channel: string;
  readonly state: DeliveryState;
  /** How many alerts' changes it tells; `alerts` may name fewer. */
  readonly changes: number;
  /** How often its messages were claimed, one that is under way included; what was returned does not count. */
  readonly attempts: number;
  /** When it was delivered or given up. */
  readonly endedAt?: number;
  /** Of a dead letter. */
  readonly reason?: Reason;
  readonly detail?: string;
  readonly undelivered?: Notification['undelivered'];
}

/** An attempt as it is kept: `sent` may be the beginning only. */
export interface KeptAttempt extends Omit<Attempt, 'reason' | 'latencyMs'> {
  /**
   * `interrupted`: a claim was taken again, or given up, while it still was somebody's: the relay ended, or lost its
   * claim, before anybody knew what became of it. `verdict` is `ambiguous` then, `at` is when that was noticed, `part`
   * is the first that is not known to be delivered, `sent` is empty.
   */
  readonly reason: Reason | 'interrupted';
  /** Undefined where that is not known. */
  readonly latencyMs: number | undefined;
  readonly messageId: string;
  readonly channel: string;
  /** How many bytes were sent in all; undefined where that is not known. */
  readonly sentBytes: number | undefined;
}

export interface HistoryRecord extends HistoryEntry {
  /** With `undelivered`, where this channel was to tell of what another had given up. */
  readonly notification: Notification;
  /** Of every message that it was part of, in the order in which they were kept. */
  readonly sends: readonly KeptAttempt[];
}

/** What was told to whom: everything of the last `retention`, and whatever waits or is dead, however old. */
export interface History {
  /**
   * Newest acceptance first, then the highest id; `limit` counts as 1 up to 1,000. `before`: the last entry of the page
   * before this one, which need not be there any more.
   */
  history(
    filter: HistoryFilter,
    limit: number,
    before?: Pick<HistoryEntry, 'id' | 'acceptedAt'>,
  ): Promise<readonly HistoryEntry[]>;
  /** Everything that is known of one delivery; undefined where there is none. */
  historyOf(id: number): Promise<HistoryRecord | undefined>;
}

export interface QuarantinedPost {
  readonly id: number;
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly reason: string;
  readonly bytes: number;
}

export interface Quarantine {
  /** Newest first; `limit` counts as 1 up to 1,000. */
  listQuarantine(limit: number): Promise<readonly QuarantinedPost[]>;
  quarantined(id: number): Promise<(QuarantinedPost & { readonly content: Uint8Array }) | undefined>;
  /** How many were thrown away. */
  dropQuarantined(ids: readonly number[]): Promise<number>;
}

export interface OutboxFigures {
  /** By channel; a channel without any is missing. */
  readonly pending: ReadonlyMap<string, { readonly notifications: number; readonly oldestAcceptedAt: number }>;
  readonly dead: ReadonlyMap<string, number>;
  readonly quarantined: number;
}

export interface NoteChange<T> {
  readonly value?: string;
  readonly result: T;
}

export interface Upkeep {
  figures(): Promise<OutboxFigures>;
  /**
   * Forgets what was delivered before `deliveredBefore` with its attempts, what was quarantined before it,
   * conversations whose last part is older where nothing of their group waits, and alert states not seen since
   * `seenBefore`; a bounded slice at a time; how many deliveries, posts, conversations and states went (0: done). Never
   * what waits, and never a dead letter; an attempt stays while one of its deliveries does.
   */
  prune(limits: { readonly deliveredBefore: number; readonly seenBefore: number }): Promise<number>;
  /** A small note that survives a restart (when the watchdog last came); undefined reads it. */
  note(name: string, value?: string): Promise<string | undefined>;
  /**
   * Reads a note and writes what `change` makes of it, with no other relay in between: budgets and pauses of channels
   * are shared so. Without `value` it stays as it is; where `change` throws, too, and it rejects.
   */
  changeNote<T>(name: string, change: (value: string | undefined) => NoteChange<T>): Promise<T>;
  /** The time that all relays of this store go by, in milliseconds since 1970; undefined: it has one relay only. */
  time(): Promise<number | undefined>;
  /** Calls when another relay has stored something for these channels, or may have (undefined). */
  onWork(listener: (channels: ReadonlySet<string> | undefined) => void): void;
  /**
   * Why what is stored now would not survive the end of the process, although it can be stored: the file was deleted
   * or replaced. Undefined: it survives. Meanwhile `record` and `quarantine` reject, and what they took is delivered
   * all the same.
   */
  lost(): Promise<string | undefined>;
  /** What a lost file held is written to its place again where that can be done. */
  close(): Promise<void>;
}

export interface Outbox extends Inbox, Queue, DeadLetters, History, Quarantine, Upkeep {}
