// What an outbox says when it cannot be opened, or could not store: its callers tell people or AlertManager.

/** An outbox that cannot be opened; the message says which, what is wrong and what to do. */
export class StoreRefused extends Error {
  override readonly name = 'StoreRefused';
  /**
   * Whether opening it later may succeed without anybody changing the configuration: the disk is full, another process
   * has the file still, the server is away. Not where it is foreign, newer or damaged.
   */
  readonly mayPass: boolean;

  constructor(message: string, { mayPass = false, ...options }: ErrorOptions & { readonly mayPass?: boolean } = {}) {
    super(message, options);
    this.mayPass = mayPass;
  }
}

/**
 * Nothing was stored: the disk is full, the file is locked, or the store is closed. AlertManager must be told to try
 * again.
 */
export class StoreUnavailable extends Error {
  override readonly name: string = 'StoreUnavailable';
}

/**
 * Stored and delivered, but gone with the process: see `Upkeep.lost`. AlertManager must be told to try again here, too.
 */
export class StoredNotToStay extends StoreUnavailable {
  override readonly name = 'StoredNotToStay';
}
