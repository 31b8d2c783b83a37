// Who posts in the storm: several at once, to any of the relays, until they are answered; and what was promised so.
import { setTimeout as delay } from 'node:timers/promises';
import { between, type Random, randomFrom } from './random.js';
import { StormGroup, type Transition } from './storm.js';

export interface StormOptions {
  readonly seed: number;
  readonly groups: number;
}

const POSTERS = 6;
/** The share of posts that all relays get at once, as from two AlertManagers. */
const TWICE = 0.3;

export class Storm {
  readonly promised: Transition[] = [];
  /** Answers that say that a post can never be taken. */
  readonly refused: string[] = [];
  answered = 0;
  unanswered = 0;
  readonly #options: StormOptions;
  readonly #urls: readonly string[];
  readonly #ends = new AbortController();
  #posters: readonly Promise<void>[] = [];
  #clock = Date.now();

  constructor(options: StormOptions, urls: readonly string[]) {
    this.#options = options;
    this.#urls = urls;
  }

  begin(): void {
    this.#posters = Array.from({ length: POSTERS }, (_, index) => this.#poster(index));
  }

  async end(): Promise<void> {
    this.#ends.abort();
    await Promise.all(this.#posters);
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
    while (!this.#ends.signal.aborted) {
      const group = groups[between(random, 0, groups.length)];
      if (group === undefined) return;
      if (!unanswered.has(group) || random() < 0.3) group.evolve(this.#tick());
      if (group.isSilent) continue;
      const { body, answered } = group.post();
      const status = await this.#post(body, random);
      if (isGood(status)) {
        unanswered.delete(group);
        this.answered++;
        this.promised.push(...answered());
      } else {
        unanswered.add(group);
        this.unanswered++;
        if (status !== undefined && status !== 503) this.refused.push(String(status));
      }
      await delay(status === undefined ? 100 : between(random, 5, 150));
    }
  }

  /** To any of the relays, as a balancer has it, and now and then from two AlertManagers. Any 2xx is a promise. */
  async #post(body: Readonly<Record<string, unknown>>, random: Random): Promise<number | undefined> {
    const place = between(random, 0, this.#urls.length);
    const urls = random() < TWICE ? this.#urls : this.#urls.slice(place, place + 1);
    const statuses = await Promise.all(urls.map((url) => post(`${url}/webhook/alertmanager`, body)));
    return statuses.find(isGood) ?? statuses.find((status) => status !== undefined);
  }

  /** A time that no other change has. */
  #tick(): number {
    this.#clock = Math.max(this.#clock + 1, Date.now());
    return this.#clock;
  }
}

/** The status of the answer; undefined where none came. */
async function post(url: string, body: Readonly<Record<string, unknown>>): Promise<number | undefined> {
  try {
    const response = await fetch(url, {
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

function isGood(status: number | undefined): boolean {
  return status !== undefined && status >= 200 && status < 300;
}
