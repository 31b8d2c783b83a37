// Relays that post, claim and settle at random on one store, and an account of what they were given that notes whatever
// breaks a promise.
import type { Claim, Outbox, Settlement } from '../outbox.js';
import { contentsOf, nameOf, request, retry, sample } from '../testing.js';

/** No lease is longer. */
const HOUR = 3_600_000;
const CHANNELS = ['a', 'b'];
const GROUPS = ['g1', 'g2', 'g3', 'g4', 'g5'];

export interface SharedRun {
  readonly posts: number;
  /** Which of the relays goes away in the middle, with what it holds. */
  readonly isDying: (relay: number) => boolean;
}

export class SharedLanes {
  readonly problems: string[] = [];
  /** What came a second time although it was delivered, in a message that did not say so. */
  readonly unambiguousRepeats: string[] = [];
  readonly #random: () => number;
  /** Names in the order in which they were stored, by group. */
  readonly #stored = new Map<string, string[]>();
  /** What was delivered, by channel and group, in order. */
  readonly #delivered = new Map<string, string[]>();
  /** Who holds a lane now. */
  readonly #held = new Map<string, { readonly relay: number; readonly message: string }>();
  #left = 0;

  constructor(seed: number) {
    let state = seed;
    this.#random = (): number => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return state / 2 ** 32;
    };
  }

  async run(relays: readonly Outbox[], { posts, isDying }: SharedRun): Promise<void> {
    this.#left = posts * CHANNELS.length;
    let names = 0;
    const post = async (relay: Outbox): Promise<void> => {
      while (names < posts) {
        const name = `n${(names += 1)}`;
        const group = this.#pick(GROUPS);
        // The store calls this under the lock of the group, so its order is the order of acceptance.
        await relay.record(group, [], () => ({
          states: new Map(),
          episode: undefined,
          entries: [{ notification: this.#note(group, name), channels: CHANNELS }],
        }));
      }
    };
    const work = async (relay: Outbox, i: number, channel: string): Promise<void> => {
      for (let turns = 0; this.#left > 0; turns += 1) {
        if (isDying(i) && turns === 10) return this.#holdForEver(relay, i, channel);
        await this.#turn(relay, i, channel, isDying(i));
      }
    };
    await Promise.all(
      relays.flatMap((relay, i) => [post(relay), ...CHANNELS.map((channel) => work(relay, i, channel))]),
    );
    for (const [lane, names] of this.#delivered) {
      const stored = this.#stored.get(lane.split(' ')[1] ?? '') ?? [];
      if (JSON.stringify([...new Set(names)]) !== JSON.stringify(stored))
        this.problems.push(`${lane}: ${names.join(' ')}`);
    }
  }

  #note(group: string, name: string): ReturnType<typeof sample> {
    const stored = this.#stored.get(group) ?? [];
    // Decided again after a collision: what was decided before was not stored.
    this.#stored.set(group, [...stored.filter((each) => each !== name), name]);
    return sample(name, { group, severity: this.#pick(['critical', 'warning']) });
  }

  async #turn(relay: Outbox, i: number, channel: string, isDying: boolean): Promise<void> {
    const claim = await relay.claim(
      channel,
      request(0, { digest: this.#random() < 0.4, maxChanges: 5, leaseMs: HOUR }),
    );
    if (claim === undefined) return;
    this.#taken(claim, i);
    const settlement = this.#pick<Settlement>([
      { kind: 'delivered', at: 0 },
      { kind: 'delivered', at: 0 },
      { kind: 'returned' },
      retry(0, 0),
      retry(0, 0, { keep: true, unclear: true }),
    ]);
    if (this.#random() < 0.3) await relay.progress(claim, [], HOUR);
    const names = lanesOf(claim);
    // Nobody else may be given what is in it before this is stored.
    for (const [lane] of names) this.#held.delete(lane);
    const isOurs = await relay.settle(claim, settlement);
    if (!isOurs && !isDying) this.problems.push(`relay ${i} lost ${claim.messageId}`);
    if (isOurs && settlement.kind === 'delivered') this.#deliver(claim);
  }

  #taken(claim: Claim, relay: number): void {
    for (const [lane, names] of lanesOf(claim)) {
      const other = this.#held.get(lane);
      if (other !== undefined && !claim.ambiguous)
        this.problems.push(`${lane} was given to relay ${relay} while relay ${other.relay} had it`);
      this.#held.set(lane, { relay, message: claim.messageId });
      const known = this.#delivered.get(lane) ?? [];
      for (const name of names)
        if (known.includes(name) && !claim.ambiguous) this.unambiguousRepeats.push(`${lane} ${name}`);
    }
  }

  #deliver(claim: Claim): void {
    for (const [lane, names] of lanesOf(claim)) {
      const known = this.#delivered.get(lane) ?? [];
      this.#left -= names.filter((name) => !known.includes(name)).length;
      this.#delivered.set(lane, [...known, ...names]);
    }
  }

  /** Sent, and gone before anybody could store that. */
  async #holdForEver(relay: Outbox, i: number, channel: string): Promise<void> {
    const claim = await relay.claim(channel, request(0, { leaseMs: HOUR }));
    if (claim !== undefined) this.#taken(claim, i);
  }

  #pick<T>(items: readonly T[]): T {
    return items[Math.floor(this.#random() * items.length)] as T;
  }
}

function lanesOf(claim: Claim): Map<string, string[]> {
  const lanes = new Map<string, string[]>();
  for (const each of contentsOf(claim)) {
    const lane = `${claim.channel} ${each.group.key}`;
    lanes.set(lane, [...(lanes.get(lane) ?? []), nameOf(each)]);
  }
  return lanes;
}
