// One page for all who ask for it at the same time: it is made once, and what is still being sent of older ones is
// bounded. A page of many series takes megabytes and a good part of a second.

/** One page as it was made, for everybody who asked for it. */
export interface SharedPage {
  readonly pieces: readonly Buffer[];
  readonly bytes: number;
}

/** Whoever is being sent a page. */
export interface Recipient {
  /** The connection is cut: so much is on its way to slow readers that this one cannot be waited for. */
  cut(): void;
}

export interface SharingSettings {
  /** Bytes of different pages that may be on their way at once; the oldest is given up beyond. */
  readonly maxBytes: number;
  /** Milliseconds that no change of the clock moves. */
  readonly ticks: () => number;
}

/** A page that took less is made anew for everybody. */
const QUICK_MS = 50;

interface Made<Page> {
  readonly page: Promise<Page>;
  /** Until when others get it, too; undefined while it is being made. */
  goodUntil: number | undefined;
}

/** For `Variant`s of a page; `Asked` is what is known of who asked for it first. */
export class PageSharing<Variant extends string, Page extends SharedPage = SharedPage, Asked = undefined> {
  readonly #make: (variant: Variant, asked: Asked) => Promise<Page>;
  readonly #settings: SharingSettings;
  readonly #made = new Map<Variant, Made<Page>>();
  /** Pages under way, the oldest first. */
  readonly #sending = new Map<SharedPage, Set<Recipient>>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(make: (variant: Variant, asked: Asked) => Promise<Page>, settings: SharingSettings) {
    this.#make = make;
    this.#settings = settings;
  }

  /**
   * The page as of now: the one that is being made, or one that took long to make and is not older than twice that
   * time. One is made after the other.
   */
  get(variant: Variant, asked: Asked): Promise<Page> {
    const known = this.#made.get(variant);
    if (known && (known.goodUntil === undefined || this.#settings.ticks() < known.goodUntil)) return known.page;
    const page = this.#last.then(() => this.#render(variant, asked, made));
    const made: Made<Page> = { page, goodUntil: undefined };
    this.#made.set(variant, made);
    this.#last = page.catch(() => undefined);
    return page;
  }

  /** Notes that a page is on its way to somebody; call what it gives back once it has arrived, or will not. */
  sending(page: SharedPage, recipient: Recipient): () => void {
    const recipients = this.#sending.get(page) ?? new Set();
    recipients.add(recipient);
    this.#sending.set(page, recipients);
    this.#cutOldest(page);
    return () => {
      recipients.delete(recipient);
      // One that was cut may be on its way again, to others.
      if (recipients.size === 0 && this.#sending.get(page) === recipients) this.#sending.delete(page);
    };
  }

  async #render(variant: Variant, asked: Asked, made: Made<Page>): Promise<Page> {
    const { ticks } = this.#settings;
    const start = ticks();
    try {
      const page = await this.#make(variant, asked);
      const took = ticks() - start;
      if (took < QUICK_MS) this.#forget(variant, made);
      else this.#keepFor(variant, made, 2 * took);
      return page;
    } catch (error) {
      this.#forget(variant, made);
      throw error;
    }
  }

  #keepFor(variant: Variant, made: Made<Page>, ms: number): void {
    made.goodUntil = this.#settings.ticks() + ms;
    setTimeout(() => {
      this.#forget(variant, made);
    }, ms).unref();
  }

  #forget(variant: Variant, made: Made<Page>): void {
    if (this.#made.get(variant) === made) this.#made.delete(variant);
  }

  #cutOldest(newest: SharedPage): void {
    let bytes = 0;
    for (const page of this.#sending.keys()) bytes += page.bytes;
    for (const [page, recipients] of this.#sending) {
      if (bytes <= this.#settings.maxBytes || page === newest) return;
      bytes -= page.bytes;
      this.#sending.delete(page);
      for (const recipient of recipients) recipient.cut();
    }
  }
}
