// One run of the crash test: a storm of posts, flaky servers, relays that are killed again and again; then peace, and
// the reckoning.
import { setTimeout as delay } from 'node:timers/promises';
import { type Scrape, scrape, Testbed, waitFor } from '@celery-watch/testbed';
import { runProgram } from '../testing.js';
import { type Budget, type BudgetUse, budgetUses } from './budgets.js';
import type { DeadContent } from './dead-contents.js';
import { CHANNEL_NAMES, type ChannelName, FlakyServer, KINDS } from './flaky.js';
import { isKillStep, type Kill, KILLS } from './kill-steps.js';
import { between, oneOf, type Random, randomFrom } from './random.js';
import { Seat } from './seat.js';
import { type CrashStore, crashStore, type StoreKind } from './store.js';
import { Storm } from './posters.js';
import { type ChannelFinding, type Evidence, ROUTE, verify } from './verify.js';

export interface CrashOptions {
  readonly store: StoreKind;
  readonly seed: number;
  /** Kills go on until there were so many and so much time has passed. */
  readonly kills: number;
  readonly minutes: number;
  readonly groups: number;
  /** The share of messages that meet trouble. */
  readonly trouble: number;
  /** Slack's channel gets so small a budget that it must tell in digests; the end takes a minute longer. */
  readonly digests: boolean;
  readonly say: (line: string) => void;
}

export interface CrashReport {
  readonly seed: number;
  readonly seconds: number;
  readonly kills: Readonly<Record<Kill, number>>;
  readonly posts: { readonly answered: number; readonly unanswered: number; readonly refused: readonly string[] };
  readonly promised: number;
  readonly findings: readonly ChannelFinding[];
  readonly budgets: Readonly<Partial<Record<ChannelName, readonly BudgetUse[]>>>;
  /** How often the database went away. */
  readonly outages: number;
  readonly store: StoreKind;
  readonly dead: number;
  /** Of them, those that the fallback channel told of. */
  readonly deadTold: number;
  /** Lines of `alert-relay dead list`. */
  readonly deadListed: number;
  /** Promises that were not delivered after `alert-relay dead replay --all`. */
  readonly lostAfterReplay: number;
  /** No measure of speed: in the long form what may have arrived is tried again after minutes, up to half an hour. */
  readonly drainSeconds: number;
  /** Of each relay, at the end. */
  readonly exits: readonly { readonly code: number | null; readonly seconds: number }[];
  /** What any process has written. */
  readonly written: string;
  /** Lines of the log at level error or above, by message. */
  readonly errors: Readonly<Record<string, number>>;
}

/**
 * Where two relays share a store, one is killed so often before it is the other's turn: meanwhile the other finds out
 * that the claims of the killed are nobody's any more.
 */
const KILLS_OF_A_SHIFT = 8;
/**
 * What got five unclear answers in the storm is tried again after half an hour, and its group waits for it: the servers
 * answer by then. The long form waits so long; the short one puts such waits forward.
 */
const LONGEST_WAIT_MS = 35 * 60_000;
/** How often the database goes away: once in so many lives. */
const LIVES_OF_A_DATABASE = 4;

export async function crashRun(options: CrashOptions): Promise<CrashReport> {
  await using bed = new Testbed();
  const site = await CrashSite.build(bed, options);
  try {
    return await site.run();
  } finally {
    await site.close();
  }
}

class CrashSite {
  readonly #bed: Testbed;
  readonly #options: CrashOptions;
  readonly #random: Random;
  readonly #servers: Readonly<Record<ChannelName, FlakyServer>>;
  readonly #store: CrashStore;
  readonly #seats: readonly [Seat, ...Seat[]];
  readonly #lines: string[];
  readonly #kills = Object.fromEntries(KILLS.map((kill) => [kill, 0])) as Record<Kill, number>;
  readonly #storm: Storm;

  static async build(bed: Testbed, options: CrashOptions): Promise<CrashSite> {
    const servers = {} as Record<ChannelName, FlakyServer>;
    for (const [index, name] of CHANNEL_NAMES.entries())
      servers[name] = await FlakyServer.start(name, randomFrom(options.seed * 31 + index), options.trouble);
    const store = await crashStore(bed, options.store);
    const settings = {
      storage: store.settings,
      watchdog: 'none',
      route: ROUTE,
      fallback: 'last',
      log_level: 'info',
      dedup: { window: '1h', longest: '1d' },
      channels: CHANNEL_NAMES.map((name) => ({ ...servers[name].entry(), budget: budgetOf(name, options) })),
    };
    const lines: string[] = [];
    const seats = [await Seat.build(bed, settings, lines)] as [Seat, ...Seat[]];
    while (seats.length < store.relays) seats.push(await Seat.build(bed, settings, lines));
    return new CrashSite(bed, options, servers, store, seats, lines);
  }

  private constructor(
    bed: Testbed,
    options: CrashOptions,
    servers: Readonly<Record<ChannelName, FlakyServer>>,
    store: CrashStore,
    seats: readonly [Seat, ...Seat[]],
    lines: string[],
  ) {
    this.#bed = bed;
    this.#options = options;
    this.#random = randomFrom(options.seed);
    this.#servers = servers;
    this.#store = store;
    this.#seats = seats;
    this.#lines = lines;
    this.#storm = new Storm(
      options,
      seats.map(({ url }) => url),
    );
  }

  async run(): Promise<CrashReport> {
    const { say, seed } = this.#options;
    const began = performance.now();
    this.#storm.begin();
    await this.#killAgainAndAgain(began);
    await this.#storm.end();
    for (const server of Object.values(this.#servers)) server.heal();
    say(
      `the storm is over: ${this.#storm.answered} posts answered, ${this.#storm.promised.length} changes promised, killed ` +
        `${this.#killCount} times`,
    );

    const drainBegan = performance.now();
    if (this.#options.minutes === 0) await this.#hasten();
    await Promise.all(this.#seats.map(async (seat) => (seat.relay?.running ? undefined : seat.startReady())));
    await this.#until(
      'nothing to be pending',
      (page) => page.sum('alert_relay_pending_notifications') === 0,
      LONGEST_WAIT_MS,
    );
    const drainSeconds = (performance.now() - drainBegan) / 1000;
    const dead = await this.#store.dead();
    const findings = this.#findings(dead);
    const listed = await runProgram(this.#bed, ['dead', 'list', '--config', this.#seats[0].config]);
    const replayed = await runProgram(this.#bed, ['dead', 'replay', '--all', '--config', this.#seats[0].config]);
    say(replayed.out);
    await this.#until(
      'dead letters to be delivered',
      (page) => page.sum('alert_relay_pending_notifications') + page.sum('alert_relay_dead_letters') === 0,
    );
    const lostAfterReplay = this.#findings([]).reduce((sum, { lost }) => sum + lost.length, 0);
    const exits = await Promise.all(this.#seats.map(stopped));
    return {
      seed,
      store: this.#options.store,
      outages: this.#store.outages.length,
      budgets: this.#budgets(),
      seconds: (performance.now() - began) / 1000,
      kills: this.#kills,
      promised: this.#storm.promised.length,
      findings,
      drainSeconds,
      lostAfterReplay,
      posts: this.#storm,
      dead: dead.length,
      deadTold: this.#toldByFallback(dead),
      deadListed: listed.out.split('\n').filter((line) => /^\d+ {2}/.test(line)).length,
      exits,
      written: [...this.#lines, listed.out, listed.err, replayed.err].join('\n'),
      errors: errorsIn(this.#lines),
    };
  }

  async close(): Promise<void> {
    await this.#storm.end();
    await Promise.all(Object.values(this.#servers).map((server) => server.close()));
  }

  async #killAgainAndAgain(began: number): Promise<void> {
    const { kills, minutes, say } = this.#options;
    let lastSaid = began;
    await Promise.all(this.#seats.slice(1).map((seat) => seat.startReady()));
    for (let count = 0; count < kills || performance.now() - began < minutes * 60_000; count++) {
      const turn = Math.floor(count / KILLS_OF_A_SHIFT);
      const seat = this.#seats[turn % this.#seats.length] ?? this.#seats[0];
      if (count > 0 && count % KILLS_OF_A_SHIFT === 0) await this.#changeShifts(seat);
      await this.#lifeUntil(seat, KILLS[count % KILLS.length] ?? 'at random', count % LIVES_OF_A_DATABASE === 1);
      if (performance.now() - lastSaid < 10_000) continue;
      lastSaid = performance.now();
      say(
        `${((lastSaid - began) / 1000).toFixed(0)} s: killed ${this.#killCount} times, ${this.#storm.answered} ` +
          `posts answered, ${this.#storm.promised.length} changes promised`,
      );
    }
  }

  async #hasten(): Promise<void> {
    await Promise.all(this.#seats.map((seat) => this.#killOutOfTurn(seat)));
    await this.#store.hasten();
  }

  async #killOutOfTurn(seat: Seat): Promise<void> {
    if (!seat.relay?.running) return;
    seat.killNow();
    await seat.relay.exited;
    this.#kills['at random']++;
  }

  /** For a moment all of them are dead; then those whose turn it is not live on. */
  async #changeShifts(next: Seat): Promise<void> {
    await this.#killOutOfTurn(next);
    await Promise.all(this.#seats.filter((seat) => seat !== next).map((seat) => seat.startReady()));
  }

  /**
   * One life of a relay. Where its step does not come within some seconds, it is killed all the same, and that counts
   * as random.
   */
  async #lifeUntil(seat: Seat, kill: Kill, withoutDatabase: boolean): Promise<void> {
    const relay = await seat.start(kill, between(this.#random, 1, 25));
    const patience = new AbortController();
    const died = relay.exited.then(() => {
      patience.abort();
    });
    const wait = (ms: number): Promise<unknown> =>
      delay(ms, undefined, { signal: patience.signal }).catch(() => undefined);
    if (kill === 'at the start') {
      await wait(between(this.#random, 20, 900));
    } else if (await seat.isReady(relay)) {
      if (withoutDatabase) await this.#store.disturb(this.#random);
      if (kill === 'at random') await wait(between(this.#random, 100, 3_000));
      else if (kill === 'server accepted') await this.#killedByServer(seat, wait);
      else await wait(8_000);
    }
    const byItself = !relay.running;
    if (!byItself) seat.killNow();
    await died;
    const { signal, code } = await relay.exited;
    if (signal !== 'SIGKILL')
      throw new Error(`the relay ended by itself, with ${String(signal ?? code)}:\n${seat.lastWords()}`);
    if (byItself) seat.killedItself();
    this.#kills[isKillStep(kill) && !byItself ? 'at random' : kill]++;
  }

  /** Where two relays share the store, the other one may have sent what the server took: then nobody did worse. */
  async #killedByServer(seat: Seat, wait: (ms: number) => Promise<unknown>): Promise<void> {
    const server = this.#servers[oneOf<ChannelName>(this.#random, ['hook', 'slack', 'ding', 'mail'])];
    let left = between(this.#random, 1, 6);
    server.onTaken = () => {
      if (--left === 0) seat.killNow();
    };
    await wait(8_000);
    server.onTaken = () => undefined;
  }

  get #killCount(): number {
    return Object.values(this.#kills).reduce((sum, count) => sum + count, 0);
  }

  async #until(what: string, condition: (page: Scrape) => boolean, within = 180_000): Promise<void> {
    let last: Scrape | undefined;
    await waitFor(async () => condition((last = await scrape(`${this.#seats[0].url}/metrics`))), {
      within,
      what,
      every: 200,
    }).catch((error: unknown) => {
      throw new Error(
        `${(error as Error).message}\n${(last?.text ?? '')
          .split('\n')
          .filter((line) => /^alert_relay_(pending|dead|deliveries|oldest)/.test(line))
          .join('\n')}\n${this.#lines.slice(-20).join('\n')}`,
        { cause: error },
      );
    });
  }

  #findings(dead: readonly DeadContent[]): readonly ChannelFinding[] {
    const received = Object.fromEntries(
      CHANNEL_NAMES.map((name) => [name, this.#servers[name].received]),
    ) as unknown as Evidence['received'];
    const evidence: Evidence = {
      promised: this.#storm.promised,
      received,
      dead,
      kills: this.#seats.flatMap((seat) => seat.kills()),
      outages: this.#store.outages,
      relays: this.#seats.length,
      unclear: unclearIn(this.#lines),
      idempotent: (name) => KINDS[name].idempotent,
    };
    return CHANNEL_NAMES.filter((name) => name !== 'last').map((name) => verify(evidence, name));
  }

  #budgets(): CrashReport['budgets'] {
    return Object.fromEntries(
      CHANNEL_NAMES.map((name) => {
        const times = this.#servers[name].received.map(({ at }) => at);
        return [name, budgetUses(times, budgetOf(name, this.#options))];
      }),
    );
  }

  #toldByFallback(dead: readonly DeadContent[]): number {
    const told = this.#servers.last.received
      .filter(({ message }) => message.accepted)
      .map(({ message }) => message.raw)
      .join('\n');
    return dead.filter(({ notification }) =>
      notification.changes.every((alert) =>
        told.includes(`"at":${alert.status === 'firing' ? alert.startsAt : (alert.endsAt ?? 0)}`),
      ),
    ).length;
  }
}

/** Attempts that got no answer, as the relay's log has them. */
function unclearIn(lines: readonly string[]): Evidence['unclear'] {
  return lines
    .filter((line) => line.includes('"verdict":"ambiguous"'))
    .map((line) => JSON.parse(line) as { readonly channel: string; readonly time: string })
    .map(({ channel, time }) => ({ channel, at: Date.parse(time) }));
}

function errorsIn(lines: readonly string[]): Readonly<Record<string, number>> {
  const counts: Record<string, number> = {};
  for (const line of lines) {
    if (!/"level":"(error|fatal)"/.test(line)) continue;
    const { msg } = JSON.parse(line) as { msg: string };
    counts[msg] = (counts[msg] ?? 0) + 1;
  }
  return counts;
}

function budgetOf(name: ChannelName, { digests }: CrashOptions): Budget {
  return digests && name === 'slack' ? { per_minute: 40 } : { per_minute: 1_200, per_second: 20 };
}

async function stopped(seat: Seat): Promise<CrashReport['exits'][number]> {
  const began = performance.now();
  const exit = await seat.relay?.stop();
  return { code: exit?.code ?? null, seconds: (performance.now() - began) / 1000 };
}
