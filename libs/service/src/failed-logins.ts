// Who has sent wrong logins of late: whoever guesses is told no more than that, at little cost. A right login is never
// held up, since others may share the address.
import { addressGroup } from './address-group.js';

/** So many wrong ones in a minute may be a mistake in a configuration; each beyond is one too many. */
const TOLERATED = 10;
const WINDOW_MS = 60_000;
/** Addresses that are remembered; those whose minute began first are forgotten. */
const MOST = 1_000;

export class FailedLogins {
  readonly #ticks: () => number;
  /** In the order in which their minutes began. */
  readonly #minutes = new Map<string, { readonly since: number; count: number }>();

  /** @param ticks milliseconds that no change of the clock moves */
  constructor(ticks: () => number = () => performance.now()) {
    this.#ticks = ticks;
  }

  /** Notes a wrong login. Whether it is one too many of its address. */
  failed(address: string | undefined): boolean {
    const now = this.#ticks();
    const group = addressGroup(address);
    let minute = this.#minutes.get(group);
    if (minute === undefined || now - minute.since >= WINDOW_MS) {
      this.#minutes.delete(group);
      this.#minutes.set(group, (minute = { since: now, count: 0 }));
      this.#forget();
    }
    return ++minute.count > TOLERATED;
  }

  #forget(): void {
    if (this.#minutes.size <= MOST) return;
    const [oldest] = this.#minutes.keys();
    if (oldest !== undefined) this.#minutes.delete(oldest);
  }
}
