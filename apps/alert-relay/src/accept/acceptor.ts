// Takes a post to its answer: parsed, decided, routed and on disk before the answer. A post that cannot be read is kept
// in quarantine, and people are told.
import { randomUUID } from 'node:crypto';
import { clip, type Log } from '@celery-watch/service';
import { episodeKey, ownAlert, ownGroup, type Alert, type OwnAlert } from '../notification/index.js';
import type { RelayMetrics } from '../metrics/relay-metrics.js';
import { StoreUnavailable, type Inbox } from '../outbox/outbox.js';
import { routeNamed, type Route } from '../route/route.js';
import { admit, type Admission, type DedupWindow, type GroupPost } from './admit.js';
import { fingerprintOf, parsePost, type Post } from './payload.js';

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
}

export interface PostResponse {
  readonly status: 200 | 400 | 413 | 503;
  readonly body: Readonly<Record<string, unknown>>;
}

/** How much people are shown of a post of unknown shape; characters, like the next two. */
const SHOWN_OF_UNKNOWN = 2_001;
const LOGGED_LABELS = 10;
const LOGGED_TEXT = 101;

export class Acceptor {
  readonly #deps: AcceptorDependencies;
  /** The start of the episode of "posts that cannot be read": one for each run. */
  readonly #startedAt: number;

  constructor(deps: AcceptorDependencies) {
    this.#deps = deps;
    this.#startedAt = deps.now();
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
      await this.#tellUnreadable(why.en, why.zh);
      return { status: 413, body: { status: 'refused', error: `the body is too large: ${why.en}` } };
    } catch (error) {
      return this.#unavailable(error, undefined);
    }
  }

  async #answered(body: Uint8Array, take: () => Promise<PostResponse>): Promise<PostResponse> {
    const { metrics } = this.#deps;
    try {
      const answer = await take();
      metrics.posts.with(answer.status === 200 ? 'accepted' : 'unreadable').inc();
      return answer;
    } catch (error) {
      metrics.posts.with('unavailable').inc();
      return this.#unavailable(error, body.length);
    }
  }

  #unavailable(error: unknown, bytes: number | undefined): PostResponse {
    const { log } = this.#deps;
    if (error instanceof StoreUnavailable)
      log.error({ err: error, bytes }, 'a post could not be stored; AlertManager was told to try again');
    else log.error({ err: error, bytes }, 'a post failed; AlertManager was told to try again');
    return { status: 503, body: { status: 'unavailable', error: 'the post could not be stored: try again' } };
  }

  async #take(body: Uint8Array, startName: string | undefined): Promise<PostResponse> {
    const now = this.#deps.now();
    const parsed = parsePost(body, now);
    switch (parsed.kind) {
      case 'post':
        return this.#store(parsed.post, startName, now);
      case 'unknown':
        return this.#storeUnknown(parsed.text, startName, now);
      case 'unreadable':
        return this.#keepUnreadable(body, parsed.reason);
    }
  }

  async #keepUnreadable(body: Uint8Array, reason: string): Promise<PostResponse> {
    await this.#deps.inbox.quarantine(body, reason, this.#deps.now());
    await this.#tellUnreadable(`it is ${reason}`, `内容无法解析（${reason}）`);
    this.#deps.log.error({ reason, bytes: body.length }, 'a post could not be read; it is kept in quarantine');
    return { status: 400, body: { status: 'unreadable', error: `the body cannot be read: ${reason}` } };
  }

  async #store(post: Post, startName: string | undefined, now: number): Promise<PostResponse> {
    const { watchdog } = this.#deps.policy();
    const isWatchdog = (alert: Alert): boolean => watchdog !== undefined && alert.labels['alertname'] === watchdog;
    if (post.alerts.some((alert) => isWatchdog(alert) && alert.status === 'firing')) this.#deps.onWatchdog(now);
    const alerts = post.alerts.filter((alert) => !isWatchdog(alert));
    // Two webhooks of one receiver post the same groups. Each named start has its own deduplication, or the second post
    // would count as a duplicate of the first.
    const key = [post.receiver, post.groupKey, ...(startName === undefined ? [] : [startName])].join('\n');
    const group = { key, receiver: post.receiver, labels: post.groupLabels, externalURL: post.externalURL };
    if (post.alerts.length === 0) await this.#tellEmpty(post.truncated);
    if (alerts.length === 0) return { status: 200, body: { status: 'accepted', alerts: post.alerts.length } };
    return this.#record({ group, alerts, truncated: post.truncated }, startName, now);
  }

  /** JSON of another shape is shown to people as it is: they may know what it means. */
  async #storeUnknown(text: string, startName: string | undefined, now: number): Promise<PostResponse> {
    const shown = clip(text, SHOWN_OF_UNKNOWN);
    await this.#deps.inbox.quarantine(Buffer.from(text), 'JSON, but not a webhook of AlertManager', now);
    this.#deps.log.warn(
      { bytes: text.length },
      'a post is JSON, but not a webhook of AlertManager; people get it as it is',
    );
    const own: OwnAlert = {
      name: 'AlertRelayUnknownPost',
      status: 'firing',
      severity: 'warning',
      startsAt: now,
      labels: { content: fingerprintOf({ text }) },
      summary: {
        en: 'A message of unknown shape was posted to the alert relay',
        zh: '告警中继收到了一条格式未知的消息',
      },
      description: { en: shown, zh: shown },
    };
    return this.#record({ group: ownGroup(own.name), alerts: [ownAlert(own)], truncated: 0 }, startName, now);
  }

  /** A post that names no alert. Where AlertManager left alerts out of it, people hear of it. */
  async #tellEmpty(truncated: number): Promise<void> {
    this.#deps.log.warn({ truncated }, 'a post holds no alert');
    if (truncated === 0) return;
    const own: OwnAlert = {
      name: 'AlertRelayTruncatedPost',
      status: 'firing',
      severity: 'warning',
      startsAt: this.#startedAt,
      summary: {
        en: 'AlertManager left all alerts out of a post',
        zh: 'AlertManager 在一次请求中略去了全部告警',
      },
      description: {
        en:
          `${truncated} alerts were left out, and none was in it: max_alerts in AlertManager's webhook_configs is too ` +
          "small. Look at AlertManager's own page for what fires.",
        zh: `略去了 ${truncated} 条告警，请求中没有任何告警：AlertManager 的 webhook_configs 中 max_alerts 过小。请在 AlertManager 页面查看当前告警。`,
      },
    };
    const group = ownGroup(own.name);
    await this.#record({ group, alerts: [ownAlert(own)], truncated: 0 }, undefined, this.#deps.now());
  }

  async #tellUnreadable(why: string, whyZh: string): Promise<void> {
    const own: OwnAlert = {
      name: 'AlertRelayUnreadablePost',
      status: 'firing',
      severity: 'critical',
      startsAt: this.#startedAt,
      summary: { en: 'A post to the alert relay could not be read', zh: '告警中继收到了无法读取的请求' },
      description: {
        en:
          `An alert may be in it, and AlertManager does not send it again: ${why}. Look at AlertManager's own page ` +
          "for what fires, and at the relay's log.",
        zh: `其中可能有告警，而 AlertManager 不会重发：${whyZh}。请在 AlertManager 页面查看当前告警，并查看告警中继的日志。`,
      },
    };
    await this.#record(
      { group: ownGroup(own.name), alerts: [ownAlert(own)], truncated: 0 },
      undefined,
      this.#deps.now(),
    );
  }

  async #record(post: GroupPost, startName: string | undefined, now: number): Promise<PostResponse> {
    const { inbox, log } = this.#deps;
    const episodes = post.alerts.map(episodeKey);
    // The policy is read when the decision is made: a channel that a reload removed while the post waited for its turn
    // must not get anything any more.
    const admission = await inbox.record(post.group.key, episodes, (known) =>
      admit(post, known, { start: this.#startOf(startName), dedup: this.#deps.policy().dedup, newId: randomUUID }, now),
    );
    this.#count(admission);
    const channels = new Set(admission.entries.flatMap((each) => each.channels));
    if (channels.size > 0) this.#deps.onStored(channels);
    log.info(
      {
        receiver: clip(post.group.receiver, LOGGED_TEXT),
        group: shortLabels(post.group.labels),
        ...admission.kinds,
        channels: [...channels],
      },
      'post accepted',
    );
    return { status: 200, body: { status: 'accepted', ...admission.kinds, channels: [...channels] } };
  }

  #count({ kinds }: Admission): void {
    for (const [kind, count] of Object.entries(kinds)) this.#deps.metrics.alerts.with(kind).inc(count);
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

/** Labels as the log shows them: anybody may post megabytes. */
function shortLabels(labels: Readonly<Record<string, string>>): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(labels)
      .slice(0, LOGGED_LABELS)
      .map(([name, value]) => [clip(name, LOGGED_TEXT), clip(value, LOGGED_TEXT)]),
  );
}
