// The relay's own metrics: what both halves count, and what is read from the outbox at a scrape. Every name is the
// catalogue's.
import {
  RELAY_METRIC_CATALOGUE,
  POST_RESULTS,
  relayMetrics,
  type DeliveryVerdict,
  type MetricEntry,
} from '@celery-watch/celery-protocol';
import {
  collected,
  Counter,
  Gauge,
  Histogram,
  labelText,
  Page,
  type ExpositionFormat,
  type HistogramValue,
  type Family,
} from '@celery-watch/metrics';
import { HttpRefusals, lostLines, type Log } from '@celery-watch/service';
import type { Reason } from '../notification/index.js';
import type { OutboxFigures } from '../outbox/outbox.js';

/**
 * Outcomes whose series exist from the start, with zero: `increase()` does not see the first event of a series that
 * begins with it.
 */
const USUAL = {
  delivered: ['ok'],
  retry: ['network', 'timeout', 'rate_limited', 'server_error', 'not_understood'],
  permanent: ['credentials', 'content', 'too_large', 'address', 'unsendable'],
  ambiguous: ['network', 'timeout', 'rate_limited', 'server_error', 'not_understood'],
} as const satisfies Record<DeliveryVerdict, readonly Reason[]>;

export class RelayMetrics {
  readonly posts = new Counter(relayMetrics.accepted);
  readonly alerts = new Counter(relayMetrics.alerts);
  readonly deliveries = new Counter(relayMetrics.deliveries);
  readonly rateWaits = new Counter(relayMetrics.rateWaits);
  readonly renderFailures = new Counter(relayMetrics.renderFailures);
  readonly httpRestarts = new Counter(relayMetrics.httpRestarts);
  readonly reloads = new Gauge(relayMetrics.reloadSuccessful);
  readonly #latency = new Histogram(relayMetrics.latency);
  readonly #page: Page;
  #figures: OutboxFigures | undefined;
  #channels: readonly string[] = [];
  /** Milliseconds since 1970, when the watchdog last came; undefined: not yet, or none is expected. */
  watchdogAt: number | undefined;
  /** The web configuration, where there is one. */
  doors: { readonly isGood: boolean; readonly expiresAt: number | undefined } | undefined;
  /** Whether the store's file is not at its place any more. */
  isStoreLost = false;

  constructor(log: Log, now: () => number, refusals: HttpRefusals = new HttpRefusals(log)) {
    this.#page = new Page(
      [
        this.posts,
        this.alerts,
        this.deliveries,
        this.rateWaits,
        this.renderFailures,
        this.httpRestarts,
        this.#latency,
        this.reloads,
        this.#byChannel(relayMetrics.pending, ({ pending }, name) => pending.get(name)?.notifications ?? 0),
        this.#byChannel(relayMetrics.oldestPending, ({ pending }, name) =>
          Math.max(0, (now() - (pending.get(name)?.oldestAcceptedAt ?? now())) / 1000),
        ),
        this.#byChannel(relayMetrics.deadLetters, ({ dead }, name) => dead.get(name) ?? 0),
        collected(relayMetrics.quarantined, (out) => {
          if (this.#figures) out.add('', this.#figures.quarantined);
        }),
        collected(relayMetrics.storeLost, (out) => {
          out.add('', this.isStoreLost ? 1 : 0);
        }),
        collected(relayMetrics.httpRefusals, (out) => {
          for (const [reason, count] of refusals.counts) out.add(labelText(relayMetrics.httpRefusals, [reason]), count);
        }),
        collected(relayMetrics.webConfigSuccessful, (out) => {
          if (this.doors !== undefined) out.add('', this.doors.isGood ? 1 : 0);
        }),
        collected(relayMetrics.certificateExpiry, (out) => {
          if (this.doors?.expiresAt !== undefined) out.add('', this.doors.expiresAt / 1_000);
        }),
        collected(relayMetrics.lostLogLines, (out) => {
          out.add('', lostLines(log));
        }),
        collected(relayMetrics.watchdog, (out) => {
          if (this.watchdogAt !== undefined) out.add('', this.watchdogAt / 1000);
        }),
      ],
      RELAY_METRIC_CATALOGUE,
      (metric, error) => {
        log.error({ metric, err: error }, 'a metric could not be written');
      },
    );
    this.httpRestarts.with();
    for (const result of POST_RESULTS) this.posts.with(result);
    for (const kind of ['news', 'reminder', 'duplicate', 'held']) this.alerts.with(kind);
  }

  latency(channel: string): HistogramValue {
    return this.#latency.with(channel);
  }

  /**
   * The channels of the configuration: each has its series from the start, so that a rate over them sees the first
   * event.
   */
  configure(channels: readonly string[]): void {
    this.#channels = channels;
    for (const name of channels) {
      this.rateWaits.with(name);
      this.renderFailures.with(name);
      for (const [verdict, reasons] of Object.entries(USUAL))
        for (const reason of reasons) this.deliveries.with(name, verdict, reason);
    }
  }

  /**
   * `figures`: what the outbox holds now; undefined where it could not be read, and its series are left out rather than
   * shown as they were.
   */
  async page(format: ExpositionFormat, figures: OutboxFigures | undefined): Promise<string> {
    this.#figures = figures;
    return Buffer.concat(await this.#page.render(format)).toString();
  }

  /** Channels of the configuration, and those that left it while something of theirs lies here. */
  #byChannel(entry: MetricEntry<'channel'>, valueOf: (figures: OutboxFigures, channel: string) => number): Family {
    return collected(entry, (out) => {
      const figures = this.#figures;
      if (figures === undefined) return;
      const names = new Set([...this.#channels, ...figures.pending.keys(), ...figures.dead.keys()]);
      for (const name of names) out.add(labelText(entry, [name]), valueOf(figures, name));
    });
  }
}
