// Tells people when the store's file is not at its place any more: posts are refused then, and what is held would be
// gone with the process.
import type { Log } from '@celery-watch/service';
import { identityOf, ownAlert, ownGroup, type Alert, type Notification } from '../notification/index.js';
import { StoreUnavailable, type Outbox } from '../outbox/index.js';
import { channelsFor, type Route } from '../route/route.js';

export interface StoreWatchDependencies {
  readonly outbox: Outbox;
  /** Who is told: those that get what no route is for, and the fallback, since this is no time to miss anybody. */
  readonly policy: () => { readonly route: Route; readonly fallback: string | undefined };
  readonly log: Log;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Wakes all channels. */
  readonly onStored: () => void;
}

export class StoreWatch {
  readonly #deps: StoreWatchDependencies;
  /** Since when it is lost, and why. */
  #lost: { readonly since: number; readonly why: string } | undefined;

  constructor(deps: StoreWatchDependencies) {
    this.#deps = deps;
  }

  get isLost(): boolean {
    return this.#lost !== undefined;
  }

  /** Looks once. Rejects where the store fails in another way: readiness and the answers to posts say so. */
  async look(): Promise<void> {
    const { outbox, log, now } = this.#deps;
    const why = await outbox.lost();
    const before = this.#lost;
    if (why === undefined && before !== undefined) {
      log.info('the store is at its place again: posts are taken');
      this.#lost = undefined;
      await this.#tell(this.#notification('resolved', before.since, before.why));
    } else if (why !== undefined && before === undefined) {
      log.error({ why }, 'the store is lost: no post is taken, and what waits is delivered as long as the relay runs');
      this.#lost = { since: now(), why };
      await this.#tell(this.#notification('firing', this.#lost.since, why));
    } else if (why !== undefined) {
      // What was posted is refused, and delivered all the same: nobody else wakes its channels.
      this.#deps.onStored();
    }
  }

  async #tell(notification: Notification): Promise<void> {
    const [alert] = notification.changes;
    if (alert === undefined) return;
    const state = { status: alert.status, seenAt: notification.acceptedAt, toldAt: notification.acceptedAt };
    await this.#deps.outbox
      .record(notification.group.key, [], () => ({
        states: new Map([[identityOf(alert), state]]),
        episode: alert.status === 'firing' ? notification.episode.id : undefined,
        entries: [{ notification, channels: this.#channelsFor(alert) }],
      }))
      .catch((error: unknown) => {
        // A lost store takes it and says that it will not stay.
        if (!(error instanceof StoreUnavailable)) throw error;
      });
    this.#deps.onStored();
  }

  #channelsFor({ labels }: Alert): readonly string[] {
    const { route, fallback } = this.#deps.policy();
    return [...channelsFor(route, labels), ...(fallback === undefined ? [] : [fallback])];
  }

  #notification(status: 'firing' | 'resolved', since: number, why: string): Notification {
    const now = this.#deps.now();
    const alert = ownAlert({
      name: 'AlertRelayStoreLost',
      severity: 'critical',
      startsAt: since,
      ...(status === 'resolved' ? { status, endsAt: now } : { status }),
      summary: { en: 'The alert relay has lost its store', zh: '告警中继丢失了存储文件' },
      description: {
        en: `Posts are answered with 503, and AlertManager tries them again. ${why}.`,
        zh: `所有请求都会得到 503，AlertManager 会重试。存储文件在运行期间被删除、移动或替换，此后写入的内容会随进程结束而丢失：请将文件移回原处，或用 SIGTERM 停止中继（停止时会写回其持有的内容）后重新启动。（${why}）`,
      },
    });
    return {
      kind: 'news',
      group: ownGroup('AlertRelayStoreLost'),
      episode: { id: `store-${since}`, opened: status === 'firing' },
      acceptedAt: now,
      changes: [alert],
      standing: { count: 0, alerts: [] },
      truncated: 0,
    };
  }
}
