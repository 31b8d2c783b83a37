// How a background poller fares: shown on `/metrics` and on the landing page.

export class PollerRecord {
  readonly name: string;
  /** Exporter's clock, epoch seconds; 0 before the first success. */
  lastSuccess = 0;
  failures = 0;
  /** Why the last round failed; empty after a success. */
  lastError = '';

  constructor(name: string) {
    this.name = name;
  }

  succeeded(now: number): void {
    this.lastSuccess = now;
    this.lastError = '';
  }

  failed(error: unknown): void {
    this.failures++;
    this.lastError = error instanceof Error ? error.message : String(error);
  }
}
