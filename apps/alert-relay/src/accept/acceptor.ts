// Takes a post to its answer: parsed, decided, routed and on disk before the answer. A post that cannot be read is kept
// in quarantine, and people are told.
import { randomUUID } from 'node:crypto';
import { clip, type Log, Seldom, type SeldomClock } from '@celery-watch/service';
import { identityOf, type Alert } from '../notification/index.js';
import type { RelayMetrics } from '../metrics/relay-metrics.js';
import { StoredNotToStay, StoreUnavailable, type Inbox } from '../outbox/outbox.js';
import { routeNamed, type Route } from '../route/route.js';
import { admit, formerKeyOf, type Admission, type GroupPost } from './admit.js';
import { readHeld, timeLeft, writeHeld } from './held.js';
import type { DedupWindow } from './judge.js';
import { oddAlert, truncatedPost, unknownPost, unreadablePost, type Trouble } from './own-posts.js';
import { parsePost, type OddAlerts, type Post } from './payload.js';

/** What can be changed while the relay runs. */
export interface AcceptPolicy {
  readonly route: Route;
  readonly dedup: DedupWindow;
  /** The alert that always fires and so proves that the pipeline works; undefined where none is expected. */
  readonly watchdog: string | undefined;
}

export interface AcceptorDependencies {
  readonly inbox: Inbox;
  readonly policy: () => AcceptPolicy;
  readonly metrics: RelayMetrics;
  readonly log: Log;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Called with the names of the channels that something waits for now. */
  readonly onStored: (channels: ReadonlySet<string>) => void;
  readonly onWatchdog: (at: number) => void;
  /** When the same trouble is said again. Default: the process's. */
  readonly seldom?: Partial<SeldomClock>;
}

export interface PostResponse {
  readonly status: 200 | 400 | 413 | 503;
  readonly body: Readonly<Record<string, unknown>>;
}

/** Every so many calls it looks whether anything is held back that another relay took, which may have ended since. */
const LOOKS_FOR_OTHERS = 10;
const LOGGED_LABELS = 10;
/** Characters. */
const LOGGED_TEXT = 101;

/** A post that could not be stored is remembered so long where none was stored since. */
const TROUBLE_MS = 15_000;

export class Acceptor {
  readonly #deps: AcceptorDependencies;
  readonly #seldom: Seldom;
  #trouble: { readonly why: string; readonly at: number } | undefined;
  /** Whether anything may be held back: unknown at the start. */
  #mayHold = true;
  #looks = 0;
  /** Whether the store may know alerts by an older program's key: unknown at the start, and no new ones come. */
  #asksFormerKeys: boolean | undefined;

  constructor(deps: AcceptorDependencies) {
    this.#deps = deps;
    this.#seldom = new Seldom(deps.seldom);
  }

  /** Why the last post could not be stored, for a while: a look that stores a note may succeed all the same. */
  get trouble(): string | undefined {
    const { why, at } = this.#trouble ?? { why: undefined, at: 0 };
    return Math.abs(this.#deps.now() - at) < TROUBLE_MS ? why : undefined;
  }

  /**
   * Takes the bytes of a post, and the name in its path where it has one. Never rejects: AlertManager must always get
   * an answer.
   */
  accept(body: Uint8Array, startName?: string): Promise<PostResponse> {
    return this.#answered(body, () => this.#take(body, startName));
  }

  /** Keeps a post that could not even be unpacked, and tells people. Never rejects. */
  refuseUnreadable(body: Uint8Array, reason: string): Promise<PostResponse> {
    return this.#answered(body, () => this.#keepUnreadable(body, reason));
  }

  /**
   * Tells people of a post that was refused because of its size: AlertManager does not send it again
   * (docs/protocol/alertmanager.md#answers). Never rejects.
   */
  async refuseTooLarge(why: { readonly en: string; readonly zh: string }): Promise<PostResponse> {
    try {
      await this.#tellUnreadable({ kind: 'size', why: why.en, whyZh: why.zh });
      return { status: 413, body: { status: 'refused', error: `the body is too large: ${why.en}` } };
    } catch (error) {
      return this.#unavailable(error, undefined);
    }
  }

  /**
   * Tells what was held back long enough and that nobody has taken back. Rejects where the store fails: what was to be
   * told is told the next time. One that cannot be told holds up no other. Of several relays that tell the same at once
   * one does: the store knows then that it was told.
   */
  async tellHeld(): Promise<void> {
    const { inbox } = this.#deps;
    this.#looks = (this.#looks + 1) % LOOKS_FOR_OTHERS;
    this.#mayHold ||= this.#looks === 0;
    while (this.#mayHold) {
      this.#mayHold = false;
      const all = await inbox.held().catch((error: unknown) => {
        this.#mayHold = true;
        throw error;
      });
      this.#mayHold ||= all.length > 0;
      const due = all.filter(({ dueAt }) => timeLeft(dueAt, this.#deps.now()) <= 0);
      const failures: unknown[] = [];
      for (const { id, dueAt, content } of due)
        await this.#tellOne(content, dueAt)
          .then(() => inbox.dropHeld(id))
          .catch((error: unknown) => failures.push(error));
      if (failures.length > 0) throw failures[0];
      if (due.length === 0) return;
    }
  }

  /** Rejects only where the store fails. What cannot be told as it is, is told as a post that cannot be read. */
  async #tellOne(content: string, dueAt: number): Promise<void> {
    const held = readHeld(content);
    try {
      if (held === undefined) throw new Error('another program wrote it');
      await stored(this.#record({ ...held.post, heldUntil: dueAt }, held.startName, this.#deps.now()));
    } catch (error) {
      if (error instanceof StoreUnavailable) throw error;
      const reason = 'nothing that can be told: an alert that was held back';
      this.#deps.log.error({ err: error, content: clip(content, LOGGED_TEXT) }, 'what was held back cannot be told');
      await stored(this.#keepUnreadable(Buffer.from(content), reason));
    }
  }

  async #answered(body: Uint8Array, take: () => Promise<PostResponse>): Promise<PostResponse> {
    const { metrics } = this.#deps;
    try {
      const answer = await take();
      this.#trouble = undefined;
      metrics.posts.with(answer.status === 200 ? 'accepted' : 'unreadable').inc();
      return answer;
    } catch (error) {
      metrics.posts.with('unavailable').inc();
      return this.#unavailable(error, body.length);
    }
  }

  #unavailable(error: unknown, bytes: number | undefined): PostResponse {
    const { log, now } = this.#deps;
    if (error instanceof StoreUnavailable) {
      this.#trouble = { why: error.message, at: now() };
      // While the store is away this is so of every post.
      this.#seldom.say('store', (more) =>
        log.error({ err: error, bytes, ...more }, 'a post could not be stored; AlertManager was told to try again'),
      );
    } else log.error({ err: error, bytes }, 'a post failed; AlertManager was told to try again');
    return { status: 503, body: { status: 'unavailable', error: 'the post could not be stored: try again' } };
  }

  async #take(body: Uint8Array, startName: string | undefined): Promise<PostResponse> {
    const now = this.#deps.now();
    const parsed = parsePost(body, now);
    switch (parsed.kind) {
      case 'post':
        return this.#store(body, parsed.post, startName, now);
      case 'unknown':
        return this.#storeUnknown(parsed.text, startName, now);
      case 'unreadable':
        return this.#keepUnreadable(body, parsed.reason);
    }
  }

  async #keepUnreadable(body: Uint8Array, reason: string): Promise<PostResponse> {
    await this.#deps.inbox.quarantine(body, reason, this.#deps.now());
    // The reason may quote the post behind its colon.
    const [kind = reason] = reason.split(':', 1);
    await this.#tellUnreadable({ kind, why: `it is ${reason}`, whyZh: `内容无法解析（${reason}）` });
    this.#deps.log.error({ reason, bytes: body.length }, 'a post could not be read; it is kept in quarantine');
    return { status: 400, body: { status: 'unreadable', error: `the body cannot be read: ${reason}` } };
  }

  async #store(body: Uint8Array, post: Post, startName: string | undefined, now: number): Promise<PostResponse> {
    const { watchdog } = this.#deps.policy();
    const isWatchdog = (alert: Alert): boolean => watchdog !== undefined && alert.labels['alertname'] === watchdog;
    if (post.alerts.some((alert) => isWatchdog(alert) && alert.status === 'firing')) this.#deps.onWatchdog(now);
    const alerts = post.alerts.filter((alert) => !isWatchdog(alert));
    // Two webhooks of one receiver post the same groups. Each named start has its own deduplication, or the second post
    // would count as a duplicate of the first.
    const key = [post.receiver, post.groupKey, ...(startName === undefined ? [] : [startName])].join('\n');
    const group = {
      key,
      receiver: post.receiver,
      labels: post.groupLabels,
      externalURL: post.externalURL,
      ...(post.sender !== undefined && { sender: post.sender }),
    };
    if (post.odd !== undefined) alerts.push(await this.#keepOdd(body, post, post.odd, now));
    const { quiet = 0 } = post;
    if (quiet > 0) {
      this.#deps.metrics.alerts.with('quiet').inc(quiet);
      this.#deps.log.info(
        { receiver: clip(post.receiver, LOGGED_TEXT), quiet },
        'pending or silenced alerts: left out',
      );
    }
    if (alerts.length === 0) {
      if (post.alerts.length === 0 && (quiet === 0 || post.truncated > 0)) await this.#tellEmpty(post, now);
      return { status: 200, body: { status: 'accepted', alerts: post.alerts.length } };
    }
    return this.#record({ group, alerts, truncated: post.truncated, reason: post.reason }, startName, now);
  }

  async #keepOdd(body: Uint8Array, post: Post, odd: OddAlerts, now: number): Promise<Alert> {
    await this.#deps.inbox.quarantine(body, 'an alert in it could not be read', now);
    this.#deps.log.error(
      { receiver: clip(post.receiver, LOGGED_TEXT), odd: odd.count, why: odd.why },
      'alerts of a post could not be read: people are told, the others were taken, and the post is kept in quarantine',
    );
    return oddAlert(post, odd, now);
  }

  async #storeUnknown(text: string, startName: string | undefined, now: number): Promise<PostResponse> {
    await this.#deps.inbox.quarantine(Buffer.from(text), 'JSON, but not a webhook of AlertManager', now);
    this.#deps.log.warn(
      { bytes: text.length },
      'a post is JSON, but not a webhook of AlertManager; people get it as it is',
    );
    return this.#record(unknownPost(text, now), startName, now);
  }

  /** A post that names no alert. Where AlertManager left alerts out of it, people hear of it. */
  async #tellEmpty({ receiver, groupLabels, truncated }: Post, now: number): Promise<void> {
    const group = { receiver: clip(receiver, LOGGED_TEXT), group: shortLabels(groupLabels) };
    this.#deps.log.warn({ ...group, truncated }, 'a post holds no alert');
    if (truncated > 0) await this.#record(truncatedPost(truncated, now), undefined, now);
  }

  async #tellUnreadable(trouble: Trouble): Promise<void> {
    const now = this.#deps.now();
    await this.#record(unreadablePost(trouble, now), undefined, now);
  }

  async #record(post: GroupPost, startName: string | undefined, now: number): Promise<PostResponse> {
    const { inbox, log } = this.#deps;
    // The policy is read when the decision is made: a channel that a reload removed while the post waited for its turn
    // must not get anything any more.
    const keys = post.alerts.map(identityOf);
    const asked = (await this.#knowsFormerKeys()) ? [...keys, ...post.alerts.map(formerKeyOf)] : keys;
    const admission = await inbox.record(post.group.key, asked, (known) =>
      admit(
        post,
        known,
        {
          start: this.#startOf(startName),
          dedup: this.#deps.policy().dedup,
          newId: randomUUID,
          hold: (held) => writeHeld({ post: held, startName }),
        },
        now,
        keys,
      ),
    );
    if (admission.held !== undefined) this.#mayHold = true;
    this.#count(post, admission);
    const channels = new Set(admission.entries.flatMap((each) => each.channels));
    if (channels.size > 0) this.#deps.onStored(channels);
    log.info(
      {
        receiver: clip(post.group.receiver, LOGGED_TEXT),
        group: shortLabels(post.group.labels),
        ...admission.kinds,
        channels: [...channels],
      },
      said(post, admission),
    );
    return { status: 200, body: { status: 'accepted', ...admission.kinds, channels: [...channels] } };
  }

  async #knowsFormerKeys(): Promise<boolean> {
    return (this.#asksFormerKeys ??= await this.#deps.inbox.knowsFormerKeys());
  }

  /** What was held back has been counted when it came; what it tells in the end is news. */
  #count({ heldUntil }: GroupPost, { kinds }: Admission): void {
    const { alerts } = this.#deps.metrics;
    if (heldUntil !== undefined) alerts.with('news').inc(kinds.news);
    else for (const [kind, count] of Object.entries(kinds)) alerts.with(kind).inc(count);
  }

  /** An alert to a name that nobody knows is not lost: it starts at the root, and the log says so. */
  #startOf(name: string | undefined): Route {
    const { route } = this.#deps.policy();
    if (name === undefined) return route;
    const named = routeNamed(route, name);
    if (named === undefined)
      this.#deps.log.warn({ route: name }, 'no route of the configuration has this name: the post starts at the root');
    return named ?? route;
  }
}

/** What is stored is told, also where it will not stay: to try it again would tell it twice. */
async function stored(work: Promise<unknown>): Promise<void> {
  await work.catch((error: unknown) => {
    if (!(error instanceof StoredNotToStay)) throw error;
  });
}

function said({ heldUntil }: GroupPost, { kinds }: Admission): string {
  if (heldUntil === undefined) return 'post accepted';
  return kinds.news > 0
    ? 'what was held back is told: nobody took it back'
    : 'what was held back is not told: it was taken back, or another relay has told it';
}

/** Labels as the log shows them: anybody may post megabytes. */
function shortLabels(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.keys(labels)
      .slice(0, LOGGED_LABELS)
      .map((name) => [clip(name, LOGGED_TEXT), clip(labels[name] ?? '', LOGGED_TEXT)]),
  );
}
