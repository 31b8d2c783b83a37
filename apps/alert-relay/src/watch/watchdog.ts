// Tells people when the watchdog, the alert that always fires, stays away: then something between Prometheus and the
// relay is broken, and no other alert can say so.
import type { Log } from '@celery-watch/service';
import { ownAlert, ownGroup, type Notification } from '../notification/index.js';
import type { AlertState, Intake, KnownGroup, Outbox, RelayClock } from '../outbox/index.js';

export interface WatchdogSettings {
  readonly alertname: string;
  readonly timeoutMs: number;
  readonly channels: readonly string[];
}

export type WatchdogVerdict = 'fine' | 'broken' | 'still broken' | 'back';

/** While it is missing, people are reminded this often. */
const REMIND_MS = 4 * 3_600_000;

/** What people were told: how long ago in milliseconds, and whether the watchdog has come since, within its time. */
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
  readonly outbox: Pick<Outbox, 'record' | 'note' | 'changeNote'>;
  readonly settings: () => WatchdogSettings | undefined;
  readonly log: Log;
  readonly clock: Pick<RelayClock, 'now' | 'steady' | 'fromSteady'>;
  /** Milliseconds of this process, which no change of any clock moves. */
  readonly ticks: () => number;
  readonly onStored: (channels: ReadonlySet<string>) => void;
}

/** When it last came, in the steady time of the store, whichever relay it came to. */
const NOTE_SEEN = 'watchdog:seen';
/** Earlier versions kept here since when it was missing, where people had been told. */
const NOTE_TOLD = 'watchdog:told';
/** The alert, in the state of its group, whatever the watchdog is called now. */
const ALERT = 'told';
const GROUP = ownGroup('AlertPipelineBroken');
/** How often it is looked up what people were told where there is nothing to say: another relay may have told them. */
const LOOK_UP_MS = 60_000;
/** A moment further in the future was written before the store's clock was set back. */
const AHEAD_MS = 5_000;

/** The later of two arrivals; what lies in the future counts as now, or the watchdog could be missing unnoticed. */
export function laterArrival(noted: string | undefined, own: number | undefined, now: number): number | undefined {
  const arrivals = [noted === undefined || noted === '' ? NaN : Number(noted), own ?? NaN].filter(Number.isFinite);
  return arrivals.length === 0 ? undefined : Math.min(Math.max(...arrivals), now);
}

/** What people were told, as the group's state has it. Milliseconds since 1970. */
interface Told {
  /** The beginning of the silence. */
  readonly since: number;
  readonly at: number;
}

interface Look extends Intake {
  readonly verdict: WatchdogVerdict;
  /** From now on. */
  readonly told: Told | undefined;
}

/** One of as many as there are relays on the store: what people were told stands there, and one of them tells. */
export class Watchdog {
  readonly #deps: WatchdogDependencies;
  /** Steady milliseconds. */
  #seenAt: number | undefined;
  #untold: number | undefined;
  /**
   * By `ticks`: when this relay learned of the last arrival, or its start, since while it was down it could learn of
   * nothing.
   */
  #heardTick: number;
  /** What people had been told when this relay last looked it up. */
  #told: Told | undefined;
  #lookedUpTick = -Infinity;
  #former: string | undefined;

  constructor(deps: WatchdogDependencies) {
    this.#deps = deps;
    this.#heardTick = deps.ticks();
  }

  /** When the watchdog last came, to whichever relay, as of the last look; steady milliseconds. */
  get seenAt(): number | undefined {
    return this.#seenAt;
  }

  /** The watchdog has come to this relay. */
  seen(): void {
    this.#untold = this.#deps.clock.steady();
    this.#heard(this.#untold);
    // What cannot be written now is written at the next look.
    this.#exchange().catch(() => undefined);
  }

  /**
   * Looks once, and stores what people must hear. Rejects where the store fails: what was to be said is said at the
   * next look.
   */
  async look(): Promise<void> {
    const { outbox, log, ticks, onStored } = this.#deps;
    await this.#exchange();
    const settings = this.#deps.settings();
    if (settings === undefined) return;
    const isLookedUp = ticks() - this.#lookedUpTick < LOOK_UP_MS;
    if (isLookedUp && this.#judge(settings, this.#told) === 'fine') return;
    this.#former ??= (await outbox.note(NOTE_TOLD)) ?? '';
    const former = this.#former === '' ? undefined : Number(this.#former);
    const look = await outbox.record(GROUP.key, [ALERT], (known) => this.#decide(settings, known, former));
    this.#told = look.told;
    this.#lookedUpTick = ticks();
    if (former !== undefined) {
      await outbox.note(NOTE_TOLD, '');
      this.#former = '';
    }
    if (look.verdict === 'fine') return;
    onStored(new Set(settings.channels));
    if (look.verdict === 'back') log.info({ alertname: settings.alertname }, 'the watchdog is back');
    else
      log.error(
        { alertname: settings.alertname, silentSeconds: Math.round((ticks() - this.#heardTick) / 1000) },
        'the watchdog does not come: the alert pipeline is broken',
      );
  }

  #heard(at: number): void {
    this.#seenAt = at;
    this.#heardTick = this.#deps.ticks();
  }

  /** Tells the other relays of what came here, and learns of what came to them. */
  async #exchange(): Promise<void> {
    const { outbox, clock } = this.#deps;
    const noted = this.#untold === undefined ? await outbox.note(NOTE_SEEN) : undefined;
    const isAhead = Number(noted ?? 0) > clock.steady() + AHEAD_MS;
    let arrival = laterArrival(noted, undefined, clock.steady());
    if (this.#untold !== undefined || isAhead) {
      const own = this.#untold;
      arrival = await outbox.changeNote(NOTE_SEEN, (before) => {
        const result = laterArrival(before, own, clock.steady());
        return { ...(result !== undefined && { value: String(result) }), result };
      });
      if (this.#untold === own) this.#untold = undefined;
    }
    if (arrival === undefined) return;
    // What came before the start says nothing of the time since.
    if (this.#seenAt === undefined) this.#seenAt = arrival;
    else if (arrival > this.#seenAt || this.#seenAt > clock.steady() + AHEAD_MS) this.#heard(arrival);
  }

  #judge({ timeoutMs }: WatchdogSettings, told: Told | undefined): WatchdogVerdict {
    const { clock, ticks } = this.#deps;
    const now = clock.now();
    const seenAt = this.#seenAt === undefined ? -Infinity : clock.fromSteady(this.#seenAt);
    // Told in the future: before the store's clock was set back, nobody knows when.
    const toldAt = told === undefined || told.at > now + AHEAD_MS ? 0 : told.at;
    return judgeWatchdog(
      ticks() - this.#heardTick,
      timeoutMs,
      told && { agoMs: now - toldAt, hasComeSince: seenAt > toldAt && now - seenAt <= timeoutMs },
    );
  }

  /** @param former since when it was missing, where an earlier version has told people */
  #decide(settings: WatchdogSettings, known: KnownGroup, former: number | undefined): Look {
    const now = this.#deps.clock.now();
    const state = known.states.get(ALERT);
    const told = state === undefined && former !== undefined ? { since: former, at: now } : toldOf(state);
    const verdict = this.#judge(settings, told);
    if (verdict === 'fine') {
      const states = told !== undefined && state === undefined ? [[ALERT, stateOf(told)] as const] : [];
      return { verdict, told, states: new Map(states), episode: known.episode, entries: [] };
    }
    const since = told?.since ?? now - (this.#deps.ticks() - this.#heardTick);
    const notification = notificationOf(verdict, settings, since, now, this.#seenAt !== undefined);
    const next = { since, at: now };
    const entries = [{ notification, channels: settings.channels }];
    return verdict === 'back'
      ? { verdict, told: undefined, states: new Map([[ALERT, endOf(next)]]), episode: undefined, entries }
      : { verdict, told: next, states: new Map([[ALERT, stateOf(next)]]), episode: notification.episode.id, entries };
  }
}

function toldOf(state: AlertState | undefined): Told | undefined {
  return state?.status === 'firing' ? { since: state.startsAt ?? state.toldAt, at: state.toldAt } : undefined;
}

function stateOf({ since, at }: Told): AlertState {
  return { status: 'firing', startsAt: since, seenAt: at, toldAt: at };
}

function endOf({ since, at }: Told): AlertState {
  return { status: 'resolved', startsAt: since, endedAt: at, seenAt: at, toldAt: at };
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
    group: GROUP,
    episode: { id: `pipeline-${since}`, opened: verdict === 'broken' },
    acceptedAt: now,
    changes: [alert],
    standing: { count: 0, alerts: [] },
    truncated: 0,
  };
}
