// The state of the connection to the broker, as its listener tells it.

export class Connection {
  isUp = false;
  /** Failed attempts and lost connections. */
  failures = 0;
  /** Connections made again after one was lost. */
  reconnects = 0;
  /** Why it is not up, for people; holds no secret. */
  reason = 'not connected yet';
  /** Exporter's clock at the last change, epoch seconds. */
  since: number;

  constructor(now: number) {
    this.since = now;
  }

  connected(again: boolean, now: number): void {
    if (again) this.reconnects++;
    this.isUp = true;
    this.reason = '';
    this.since = now;
  }

  disconnected(reason: string, now: number): void {
    this.failures++;
    if (this.isUp) this.since = now;
    this.isUp = false;
    this.reason = reason;
  }
}
