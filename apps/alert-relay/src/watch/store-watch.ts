// Tells people when the store's file is not at its place any more: posts are refused then, and what is held would be
// gone with the process.
import type { Log } from '@celery-watch/service';
import { identityOf, ownAlert, ownGroup, type Alert, type Notification } from '../notification/index.js';
import { StoredNotToStay, type Outbox } from '../outbox/index.js';
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

/** Since when the store is lost, and why. */
interface Loss {
  readonly since: number;
  readonly why: string;
}

export class StoreWatch {
  readonly #deps: StoreWatchDependencies;
  #lost: Loss | undefined;
  /** Of what people were told, until they are told of its end, too. */
  #told: Loss | undefined;

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
    if (why === undefined && this.#lost !== undefined) {
      log.info('the store is at its place again: posts are taken');
      this.#lost = undefined;
    } else if (why !== undefined && this.#lost === undefined) {
      log.error({ why }, 'the store is lost: no post is taken, and what waits is delivered as long as the relay runs');
      this.#lost = { since: now(), why };
    }
    const told = this.#told;
    await this.#tellPeople().catch((error: unknown) => {
      log.error({ err: error }, 'people could not be told of the lost store, or of its return; it is tried again');
    });
    // What was posted is refused, and delivered all the same: nobody else wakes its channels.
    if (this.#lost !== undefined || this.#told !== told) this.#deps.onStored();
  }

  /** Of what changed since they were told last. Rejects where the store did not take it. */
  async #tellPeople(): Promise<void> {
    const [lost, told] = [this.#lost, this.#told];
    if (lost !== undefined && told === undefined) await this.#tell('firing', lost);
    else if (lost === undefined && told !== undefined) await this.#tell('resolved', told);
    else return;
    this.#told = lost;
  }

  async #tell(status: 'firing' | 'resolved', { since, why }: Loss): Promise<void> {
    const notification = this.#notification(status, since, why);
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
        if (!(error instanceof StoredNotToStay)) throw error;
      });
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
        zh: `所有请求都会得到 503，AlertManager 会重试。存储文件在运行期间被删除、移动、替换、被其他程序改写，或无法再读取，此后写入的内容会随进程结束而丢失：请将文件移回原处，或用 SIGTERM 停止中继（停止时会写回其持有的内容）后重新启动。（${why}）`,
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
