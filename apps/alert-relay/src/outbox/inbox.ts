// How posts get into the store: what is known of their alerts, what each changes, all of it in one transaction.
import type { AlertStatus, GroupEpisode, Notification } from '../notification/index.js';

/** What is remembered of one alert in one group, for deduplication. Milliseconds since 1970. */
export interface AlertState {
  readonly status: AlertStatus;
  /** When a post last held it. */
  readonly seenAt: number;
  /** When people were last told: a run of suppressed posts begins here. */
  readonly toldAt: number;
  /** When its episode began, and when it ended, or the one before it where it fires; absent where that is not known. */
  readonly startsAt?: number;
  readonly endedAt?: number;
  /** It has ended, and a post that says otherwise is held back until then. */
  readonly heldUntil?: number;
}

/** Part of a post that is held back. */
export interface Held {
  /** Milliseconds since 1970. */
  readonly dueAt: number;
  /** Whatever its writer needs to take it up again. */
  readonly content: string;
}

/** What is known of the group of a post. */
export interface KnownGroup {
  /** By the key of an alert; what is missing was never seen. */
  readonly states: ReadonlyMap<string, AlertState>;
  /** The open episode of the group. */
  readonly episode: string | undefined;
}

/** What a post changes; everything in it is stored in one durable transaction, or nothing. */
export interface Intake {
  readonly states: ReadonlyMap<string, AlertState>;
  /** The group's episode from now on; undefined where nothing of it fires any more. */
  readonly episode: GroupEpisode['id'] | undefined;
  readonly entries: readonly { readonly notification: Notification; readonly channels: readonly string[] }[];
  readonly held?: Held | undefined;
}

export interface Inbox {
  /**
   * Reads what is known of a group, lets `decide` say what the post changes, and stores that: one transaction, on disk
   * before it resolves. Posts are taken one after the other: `decide` sees all that came before. Rejects with
   * `StoreUnavailable` where nothing was stored, with `StoredNotToStay` where it will be gone with the process.
   */
  record<T extends Intake>(groupKey: string, alerts: readonly string[], decide: (known: KnownGroup) => T): Promise<T>;
  /** Whether anything is left that version 1 knew by its own key, `fingerprint@start`. */
  knowsFormerKeys(): Promise<boolean>;
  /** The first few of what is held back, the next that is due first. */
  held(): Promise<readonly (Held & { readonly id: number })[]>;
  /** Forgets one that was taken up again. */
  dropHeld(id: number): Promise<void>;
  /** Keeps bytes that could not be parsed, at most `keep` of them, the newest. */
  quarantine(bytes: Uint8Array, reason: string, at: number): Promise<void>;
}
