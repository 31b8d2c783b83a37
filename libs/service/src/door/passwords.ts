// Whether a password is a user's: bcrypt takes a twentieth of a second and more, so each is compared once, on a thread
// of its own, and strangers who guess wait in a line that is short.
import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import { addressGroup } from '../address-group.js';
import type { WebUser } from '../web-config/web-config.js';

/** Compares as bcrypt does; takes its time elsewhere. */
export type Compare = (password: string, hash: string) => Promise<boolean>;

export interface PasswordLimits {
  /** Passwords that wait to be compared, at most. */
  readonly waiting: number;
  /** Of them, of one client. */
  readonly ofOneClient: number;
}

const LIMITS: PasswordLimits = { waiting: 32, ofOneClient: 4 };
/** Wrong logins that are remembered, so that a client with a wrong password costs nothing. */
const WRONG_KEPT = 1_000;

export interface PasswordParts {
  readonly compare: Compare;
  readonly limits?: PasswordLimits;
  /** Milliseconds that no change of the clock moves. */
  readonly ticks?: () => number;
  readonly pause?: (ms: number) => Promise<void>;
  /** Makes signs of logins that nobody else can make. */
  readonly key?: Uint8Array;
}

interface Waiting {
  readonly password: string;
  readonly hash: string;
  readonly tell: (isRight: boolean) => void;
  readonly fail: (error: unknown) => void;
}

export class Passwords {
  readonly #compare: Compare;
  readonly #limits: PasswordLimits;
  readonly #ticks: () => number;
  readonly #pause: (ms: number) => Promise<void>;
  readonly #key: Uint8Array;
  /** The last right login of each user. */
  readonly #right = new Map<string, Buffer>();
  readonly #wrong = new Set<string>();
  /** By client; whoever was served goes to the end. */
  readonly #lines = new Map<string, Waiting[]>();
  #waiting = 0;
  #isWorking = false;

  constructor({
    compare,
    limits = LIMITS,
    ticks = () => performance.now(),
    pause = sleep,
    key = randomBytes(32),
  }: PasswordParts) {
    this.#compare = compare;
    this.#limits = limits;
    this.#ticks = ticks;
    this.#pause = pause;
    this.#key = key;
  }

  /**
   * Whether it is the password of one of the users: told at once where that is known already, `busy` where too many
   * wait. A name that nobody has takes as long as a wrong password. Rejects where nothing can be compared.
   */
  check(
    given: { readonly name: string; readonly password: string },
    users: readonly WebUser[],
    address: string | undefined,
  ): boolean | 'busy' | Promise<boolean> {
    const user = users.find(({ name }) => name === given.name);
    const hash = user?.hash ?? strangersHash(users);
    const digest = createHmac('sha256', this.#key)
      .update(JSON.stringify([given.name, hash, given.password]))
      .digest();
    const known = this.#right.get(given.name);
    if (known !== undefined && timingSafeEqual(known, digest)) return true;
    const sign = digest.toString('base64');
    if (this.#wrong.has(sign)) return false;
    const client = addressGroup(address);
    const line = this.#lines.get(client) ?? [];
    if (line.length >= this.#limits.ofOneClient || this.#waiting >= this.#limits.waiting) return 'busy';
    return new Promise<boolean>((resolve, reject) => {
      const tell = (isTheirs: boolean): void => {
        const isRight = isTheirs && user !== undefined;
        if (isRight) this.#right.set(given.name, digest);
        else this.#remember(sign);
        resolve(isRight);
      };
      line.push({ password: given.password, hash, tell, fail: reject });
      this.#lines.set(client, line);
      this.#waiting++;
      void this.#work();
    });
  }

  /** Forgets what users knew who are not there any more. */
  keep(users: readonly WebUser[]): void {
    for (const name of this.#right.keys()) if (!users.some((user) => user.name === name)) this.#right.delete(name);
  }

  async #work(): Promise<void> {
    if (this.#isWorking) return;
    this.#isWorking = true;
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      const since = this.#ticks();
      try {
        const isRight = await this.#compare(next.password, next.hash);
        next.tell(isRight);
        // Guesses get half of a processor at most.
        if (!isRight) await this.#pause(this.#ticks() - since);
      } catch (error) {
        next.fail(error);
      }
    }
    this.#isWorking = false;
  }

  /** One client after the other. */
  #next(): Waiting | undefined {
    for (const [client, line] of this.#lines) {
      this.#lines.delete(client);
      const first = line.shift();
      if (first === undefined) continue;
      if (line.length > 0) this.#lines.set(client, line);
      this.#waiting--;
      return first;
    }
    return undefined;
  }

  #remember(sign: string): void {
    this.#wrong.add(sign);
    if (this.#wrong.size <= WRONG_KEPT) return;
    const [oldest] = this.#wrong;
    if (oldest !== undefined) this.#wrong.delete(oldest);
  }
}

/** Of nobody's password, and as costly as that of the costliest user. */
function strangersHash(users: readonly WebUser[]): string {
  const costs = users.map(({ hash }) => hash.slice(4, 6)).sort();
  return `$2b$${costs.at(-1) ?? '10'}$QOauhQNbBCuQDKes6eFzPeMqBSjb7Mr5DUmpZ/VcEd00UAV/LDeSi`;
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref();
  });
}
