// Tells people when the watchdog, the alert that always fires, stays away: then something between Prometheus and the
// relay is broken, and no other alert can say so.
import type { Log } from '@celery-watch/service';
import { identityOf, ownAlert, ownGroup, type Notification } from '../notification/index.js';
import type { Outbox } from '../outbox/outbox.js';

export interface WatchdogSettings {
  readonly alertname: string;
  readonly timeoutMs: number;
  readonly channels: readonly string[];
}

export type WatchdogVerdict = 'fine' | 'broken' | 'still broken' | 'back';

/** While it is missing, people are reminded this often. */
const REMIND_MS = 4 * 3_600_000;

/** What people were told: how long ago in milliseconds, and whether the watchdog has come since. */
export interface ToldOfSilence {
  readonly agoMs: number;
  readonly hasComeSince: boolean;
}

/**
 * The decision, from how long the watchdog has not come (milliseconds) and what people were told. Pure. Only its
 * arrival ends the alert: after a restart or with a longer timeout the silence looks shorter than it is.
 */
export function judgeWatchdog(silentMs: number, timeoutMs: number, told: ToldOfSilence | undefined): WatchdogVerdict {
  if (told === undefined) return silentMs > timeoutMs ? 'broken' : 'fine';
  if (told.hasComeSince && silentMs <= timeoutMs) return 'back';
  return told.agoMs >= REMIND_MS ? 'still broken' : 'fine';
}

export interface WatchdogDependencies {
  readonly outbox: Outbox;
  readonly settings: () => WatchdogSettings | undefined;
  readonly log: Log;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Milliseconds that no change of the clock moves. */
  readonly ticks: () => number;
  readonly onStored: (channels: ReadonlySet<string>) => void;
}

interface Told {
  /** Milliseconds since 1970: the beginning of the silence. */
  readonly since: number;
}

const NOTE_SEEN = 'watchdog:seen';
const NOTE_TOLD = 'watchdog:told';

export class Watchdog {
  readonly #deps: WatchdogDependencies;
  /** By `ticks`: the last arrival, or the start, since while the relay was down nothing could arrive. */
  #heardTick: number;
  #toldTick = 0;
  #told: Told | undefined;
  #hasCome = false;
  #hasComeSinceTold = false;

  constructor(deps: WatchdogDependencies) {
    this.#deps = deps;
    this.#heardTick = deps.ticks();
  }

  /** Takes up what an earlier run knew; answers when the watchdog last came, in milliseconds since 1970. */
  async restore(): Promise<number | undefined> {
    const { outbox } = this.#deps;
    const told = await outbox.note(NOTE_TOLD);
    if (told !== undefined && told !== '') this.#told = { since: Number(told) };
    this.#toldTick = this.#deps.ticks();
    const seen = Number((await outbox.note(NOTE_SEEN)) ?? NaN);
    this.#hasCome = Number.isFinite(seen);
    return this.#hasCome ? seen : undefined;
  }

  /** The watchdog has come. */
  seen(at: number): void {
    this.#heardTick = this.#deps.ticks();
    this.#hasCome = true;
    this.#hasComeSinceTold = true;
    // Only for people who look after a restart: what cannot be written now is written the next time.
    this.#deps.outbox.note(NOTE_SEEN, String(at)).catch(() => undefined);
  }

  /**
   * Looks once, and stores what people must hear. Rejects where the store fails: what was to be said is said at the
   * next look.
   */
  async look(): Promise<void> {
    const settings = this.#deps.settings();
    if (settings === undefined) return;
    const silentMs = this.#deps.ticks() - this.#heardTick;
    const known = this.#told && { agoMs: this.#deps.ticks() - this.#toldTick, hasComeSince: this.#hasComeSinceTold };
    const verdict = judgeWatchdog(silentMs, settings.timeoutMs, known);
    if (verdict === 'fine') return;
    const now = this.#deps.now();
    const told = this.#told ?? { since: now - silentMs };
    await this.#store(
      notificationOf(verdict, settings, told.since, now, this.#hasCome),
      settings.channels,
      verdict === 'back' ? '' : String(told.since),
    );
    this.#told = verdict === 'back' ? undefined : told;
    this.#toldTick = this.#deps.ticks();
    this.#hasComeSinceTold = false;
    if (verdict === 'back') this.#deps.log.info({ alertname: settings.alertname }, 'the watchdog is back');
    else
      this.#deps.log.error(
        { alertname: settings.alertname, silentSeconds: Math.round(silentMs / 1000) },
        'the watchdog does not come: the alert pipeline is broken',
      );
  }

  async #store(notification: Notification, channels: readonly string[], note: string): Promise<void> {
    const { outbox, onStored } = this.#deps;
    const state = notification.changes.map(
      (alert) =>
        [
          identityOf(alert),
          { status: alert.status, seenAt: notification.acceptedAt, toldAt: notification.acceptedAt },
        ] as const,
    );
    await outbox.record(
      notification.group.key,
      state.map(([key]) => key),
      () => ({ states: new Map(state), episode: undefined, entries: [{ notification, channels }] }),
    );
    await outbox.note(NOTE_TOLD, note);
    onStored(new Set(channels));
  }
}

function notificationOf(
  verdict: Exclude<WatchdogVerdict, 'fine'>,
  { alertname, timeoutMs }: WatchdogSettings,
  since: number,
  now: number,
  hasCome: boolean,
): Notification {
  const minutes = Math.round(timeoutMs / 6_000) / 10;
  const never = hasCome
    ? { en: '', zh: '' }
    : {
        en:
          ' It has never arrived. If no rule of yours makes such an alert, write "watchdog: none" into the relay\'s ' +
          'configuration.',
        zh: `该告警从未到达过。如果没有配置这样的规则，请在中继配置中写入 "watchdog: none"。`,
      };
  const alert = ownAlert({
    name: 'AlertPipelineBroken',
    severity: 'critical',
    startsAt: since,
    labels: { watchdog: alertname },
    ...(verdict === 'back' ? { status: 'resolved', endsAt: now } : { status: 'firing' }),
    summary: { en: 'Alerts do not reach the relay', zh: '告警链路中断：告警无法到达中继' },
    description: {
      en:
        `The alert ${alertname}, which always fires, has not arrived for more than ${minutes} minutes: Prometheus, ` +
        'its rules, AlertManager or the way from it to the relay is broken, and no other alert can arrive either. ' +
        `Look at Prometheus's page Alerts first, then at AlertManager's log.${never.en}`,
      zh:
        `始终触发的告警 ${alertname} 已超过 ${minutes} 分钟未到达：Prometheus、告警规则、AlertManager 或其到中继的链路出现故障，其他告警同样无法到达。请先查看 ` +
        `Prometheus 的 Alerts 页面，再查看 AlertManager 的日志。${never.zh}`,
    },
  });
  return {
    kind: verdict === 'still broken' ? 'reminder' : 'news',
    group: ownGroup('AlertPipelineBroken'),
    episode: { id: `pipeline-${since}`, opened: verdict === 'broken' },
    acceptedAt: now,
    changes: [alert],
    standing: { count: 0, alerts: [] },
    truncated: 0,
  };
}
