// What a button of the demo is: something that really happens, how it shows on the exporter's page, and how it is
// mended.
import type { Scrape } from '@celery-watch/testbed';

export interface Cause {
  /** On the button. */
  readonly title: string;
  /** In a terminal and on the page. */
  readonly key: string;
  /** The alerts that it should raise; the first of them is the one to wait for. */
  readonly alerts: readonly [string, ...string[]];
  /** Whether it needs Redis. */
  readonly needsBroker: boolean;
  /** Does it; gives what was done, for people. */
  make(): Promise<string>;
  /** Undoes it; gives what was done. Resolves at once: that all is well again shows on the page. */
  repair(): Promise<string>;
  /** The metric that shows it, with its value; undefined: not yet. `before`: the page before it was made. */
  seen(page: Scrape, before: Scrape): string | undefined;
  /** The metric that shows that it is mended. `before`: the page before it was repaired. */
  mended(page: Scrape, before: Scrape): string | undefined;
}
