// One run of the crash test: a storm of posts, flaky servers, a relay that is killed again and again; then peace, and
// the reckoning.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as delay } from 'node:timers/promises';
import { freePort, type ManagedProcess, type Scrape, scrape, Testbed, waitFor } from '@celery-watch/testbed';
import { PROGRAM, runProgram, writeConfig } from '../testing.js';
import { type DeadContent, deadContents } from './dead-contents.js';
import { CHANNEL_NAMES, type ChannelName, FlakyServer, KINDS } from './flaky.js';
import { isKillStep, type Kill, KILLS } from './kill-steps.js';
import { between, oneOf, type Random, randomFrom } from './random.js';
import { StormGroup, type Transition } from './storm.js';
import { type ChannelFinding, type Evidence, ROUTE, verify } from './verify.js';

export interface CrashOptions {
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
  readonly dead: number;
  /** Of them, those that the fallback channel told of. */
  readonly deadTold: number;
  /** Lines of `alert-relay dead list`. */
  readonly deadListed: number;
  /** Promises that were not delivered after `alert-relay dead replay --all`. */
  readonly lostAfterReplay: number;
  readonly drainSeconds: number;
  readonly exit: { readonly code: number | null; readonly seconds: number };
  /** What any process has written. */
  readonly written: string;
  /** Lines of the log at level error or above, by message. */
  readonly errors: Readonly<Record<string, number>>;
}

const KILLING_RELAY = fileURLToPath(new URL('killing-relay.js', import.meta.url));
const POSTERS = 6;
/** No relay sends anything sooner after its start: its modules are not even loaded. */
const SOONEST_START_MS = 100;

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
  readonly #config: string;
  readonly #url: string;
  readonly #lines: string[] = [];
  readonly #promised: Transition[] = [];
  readonly #killedAt: number[] = [];
  /** When each process was started. */
  readonly #births: number[] = [];
  readonly #kills = Object.fromEntries(KILLS.map((kill) => [kill, 0])) as Record<Kill, number>;
  readonly #stormEnds = new AbortController();
  readonly #refused: string[] = [];
  #answered = 0;
  #unanswered = 0;
  #clock = Date.now();

  static async build(bed: Testbed, options: CrashOptions): Promise<CrashSite> {
    const servers = {} as Record<ChannelName, FlakyServer>;
    for (const [index, name] of CHANNEL_NAMES.entries())
      servers[name] = await FlakyServer.start(name, randomFrom(options.seed * 31 + index), options.trouble);
    const port = await freePort();
    const config = await writeConfig(bed, {
      listen: `127.0.0.1:${port}`,
      storage: { path: path.join(bed.folder, 'relay.db') },
      watchdog: 'none',
      route: ROUTE,
      fallback: 'last',
      log_level: 'info',
      dedup: { window: '1h', longest: '1d' },
      channels: CHANNEL_NAMES.map((name) => ({
        ...servers[name].entry(),
        ...(options.digests && name === 'slack' && { budget: { per_minute: 40 } }),
      })),
    });
    return new CrashSite(bed, options, servers, config, `http://127.0.0.1:${port}`);
  }

  private constructor(
    bed: Testbed,
    options: CrashOptions,
    servers: Readonly<Record<ChannelName, FlakyServer>>,
    config: string,
    url: string,
  ) {
    this.#bed = bed;
    this.#options = options;
    this.#random = randomFrom(options.seed);
    this.#servers = servers;
    this.#config = config;
    this.#url = url;
  }

  async run(): Promise<CrashReport> {
    const { say, seed } = this.#options;
    const began = performance.now();
    const posters = Array.from({ length: POSTERS }, (_, index) => this.#poster(index));
    await this.#killAgainAndAgain(began);
    this.#stormEnds.abort();
    await Promise.all(posters);
    for (const server of Object.values(this.#servers)) server.heal();
    say(
      `the storm is over: ${this.#answered} posts answered, ${this.#promised.length} changes promised, killed ` +
        `${this.#killedAt.length} times`,
    );

    const drainBegan = performance.now();
    const relay = await this.#start('at random', 0);
    await this.#ready(relay);
    await this.#until('nothing to be pending', (page) => page.sum('alert_relay_pending_notifications') === 0);
    const drainSeconds = (performance.now() - drainBegan) / 1000;
    const dead = await deadContents(path.join(this.#bed.folder, 'relay.db'));
    const findings = this.#findings(dead);
    const listed = await runProgram(this.#bed, ['dead', 'list', '--config', this.#config]);
    const replayed = await runProgram(this.#bed, ['dead', 'replay', '--all', '--config', this.#config]);
    say(replayed.out);
    await this.#until(
      'dead letters to be delivered',
      (page) => page.sum('alert_relay_pending_notifications') + page.sum('alert_relay_dead_letters') === 0,
    );
    const lostAfterReplay = this.#findings([]).reduce((sum, { lost }) => sum + lost.length, 0);
    const stopping = performance.now();
    const { code } = await relay.stop();
    return {
      seed,
      seconds: (performance.now() - began) / 1000,
      kills: this.#kills,
      promised: this.#promised.length,
      findings,
      drainSeconds,
      lostAfterReplay,
      posts: { answered: this.#answered, unanswered: this.#unanswered, refused: this.#refused },
      dead: dead.length,
      deadTold: this.#toldByFallback(dead),
      deadListed: listed.out.split('\n').filter((line) => /^\d+ {2}/.test(line)).length,
      exit: { code, seconds: (performance.now() - stopping) / 1000 },
      written: [...this.#lines, listed.out, listed.err, replayed.err].join('\n'),
      errors: errorsIn(this.#lines),
    };
  }

  async close(): Promise<void> {
    this.#stormEnds.abort();
    await Promise.all(Object.values(this.#servers).map((server) => server.close()));
  }

  async #killAgainAndAgain(began: number): Promise<void> {
    const { kills, minutes, say } = this.#options;
    let lastSaid = began;
    for (let count = 0; count < kills || performance.now() - began < minutes * 60_000; count++) {
      const kill = KILLS[count % KILLS.length] ?? 'at random';
      await this.#lifeUntil(kill);
      if (performance.now() - lastSaid < 10_000) continue;
      lastSaid = performance.now();
      say(
        `${((lastSaid - began) / 1000).toFixed(0)} s: killed ${this.#killedAt.length} times, ${this.#answered} ` +
          `posts answered, ${this.#promised.length} changes promised`,
      );
    }
  }

  /**
   * One life of the relay. Where its step does not come within some seconds, it is killed all the same, and that counts
   * as random.
   */
  async #lifeUntil(kill: Kill): Promise<void> {
    const relay = await this.#start(kill, between(this.#random, 1, 25));
    const patience = new AbortController();
    const died = relay.exited.then(() => {
      patience.abort();
    });
    const wait = (ms: number): Promise<unknown> =>
      delay(ms, undefined, { signal: patience.signal }).catch(() => undefined);
    if (kill === 'at the start') {
      await wait(between(this.#random, 20, 900));
    } else if (await this.#isReady(relay)) {
      if (kill === 'at random') await wait(between(this.#random, 100, 3_000));
      else if (kill === 'server accepted') await this.#killedByServer(relay, wait);
      else await wait(8_000);
    }
    const byItself = !relay.running;
    if (!byItself) this.#killNow(relay);
    await died;
    const { signal, code } = await relay.exited;
    if (signal !== 'SIGKILL')
      throw new Error(
        'the relay ended by itself, with ' +
          `${String(signal ?? code)}:\n${this.#lines.slice(-10).join('\n')}\n${relay.output()}`,
      );
    if (byItself) this.#killedAt.push(Date.now());
    this.#kills[isKillStep(kill) && !byItself ? 'at random' : kill]++;
  }

  async #killedByServer(relay: ManagedProcess, wait: (ms: number) => Promise<unknown>): Promise<void> {
    const server = this.#servers[oneOf<ChannelName>(this.#random, ['hook', 'slack', 'ding', 'mail'])];
    let left = between(this.#random, 1, 6);
    server.onTaken = () => {
      if (--left === 0) this.#killNow(relay);
    };
    await wait(8_000);
    server.onTaken = () => undefined;
  }

  #killNow(relay: ManagedProcess): void {
    if (!relay.running) return;
    this.#killedAt.push(Date.now());
    process.kill(relay.pid, 'SIGKILL');
  }

  #start(kill: Kill, nth: number): Promise<ManagedProcess> {
    this.#births.push(Date.now());
    const args = isKillStep(kill) ? [KILLING_RELAY, '--step', kill, '--nth', String(nth)] : [PROGRAM];
    return this.#bed.start({
      name: 'alert-relay',
      command: process.execPath,
      args: [...args, '--config', this.#config],
      onLine: (line) => void this.#lines.push(line),
      leaf: true,
    });
  }

  /** False where it died before it was ready. */
  async #isReady(relay: ManagedProcess): Promise<boolean> {
    await waitFor(async () => !relay.running || (await fetch(`${this.#url}/healthz`)).ok, {
      within: 30_000,
      what: 'the relay to be ready',
      every: 10,
    });
    return relay.running;
  }

  async #ready(relay: ManagedProcess): Promise<void> {
    if (!(await this.#isReady(relay)))
      throw new Error(`the relay ended:\n${this.#lines.slice(-10).join('\n')}\n${relay.output()}`);
  }

  async #until(what: string, condition: (page: Scrape) => boolean): Promise<void> {
    let last: Scrape | undefined;
    await waitFor(async () => condition((last = await scrape(`${this.#url}/metrics`))), {
      within: 180_000,
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

  /**
   * Posts one group after the other, as AlertManager does: what gets no 2xx is posted again, as it is or as it has
   * become meanwhile.
   */
  async #poster(index: number): Promise<void> {
    const random = randomFrom(this.#options.seed * 977 + index);
    const groups = Array.from(
      { length: Math.ceil(this.#options.groups / POSTERS) },
      (_, place) => new StormGroup(place * POSTERS + index, random),
    );
    const unanswered = new Set<StormGroup>();
    while (!this.#stormEnds.signal.aborted) {
      const group = groups[between(random, 0, groups.length)];
      if (group === undefined) return;
      if (!unanswered.has(group) || random() < 0.3) group.evolve(this.#tick());
      if (group.isSilent) continue;
      const { body, answered } = group.post();
      const status = await this.#post(body);
      if (status !== undefined && status >= 200 && status < 300) {
        unanswered.delete(group);
        this.#answered++;
        this.#promised.push(...answered());
      } else {
        unanswered.add(group);
        this.#unanswered++;
        if (status !== undefined && status !== 503) this.#refused.push(String(status));
      }
      await delay(status === undefined ? 100 : between(random, 5, 150));
    }
  }

  async #post(body: Readonly<Record<string, unknown>>): Promise<number | undefined> {
    try {
      const response = await fetch(`${this.#url}/webhook/alertmanager`, {
        method: 'POST',
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
        signal: AbortSignal.timeout(10_000),
      });
      await response.arrayBuffer();
      return response.status;
    } catch {
      return undefined;
    }
  }

  /** A time that no other change has. */
  #tick(): number {
    this.#clock = Math.max(this.#clock + 1, Date.now());
    return this.#clock;
  }

  #findings(dead: readonly DeadContent[]): readonly ChannelFinding[] {
    const received = Object.fromEntries(
      CHANNEL_NAMES.map((name) => [name, this.#servers[name].received]),
    ) as unknown as Evidence['received'];
    const evidence: Evidence = {
      promised: this.#promised,
      received,
      dead,
      kills: this.#killedAt.map((at) => ({ at, arrivedUntil: this.#nextLife(at) })),
      unclear: unclearIn(this.#lines),
      idempotent: (name) => KINDS[name].idempotent,
    };
    return CHANNEL_NAMES.filter((name) => name !== 'last').map((name) => verify(evidence, name));
  }

  /**
   * When the process after this kill can have sent something. What the killed one had sent may lie in a socket until
   * this busy process reads it, after the kill.
   */
  #nextLife(killedAt: number): number {
    return (this.#births.find((at) => at >= killedAt) ?? Infinity) + SOONEST_START_MS;
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
