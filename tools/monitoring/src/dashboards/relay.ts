// The alert relay's part of the last dashboard: do alerts reach people?
import { relayMetrics } from '@celery-watch/celery-protocol';
import { ofRelays, processMetrics, RELAY, RELAY_UP } from './foreign-metrics.js';
import { HEIGHT, line, type Section } from './grid.js';
import { lines } from './panels/time-series.js';
import { stat } from './panels/stat.js';
import { atLeast, NEUTRAL, none, UP_OR_DOWN, upTo } from './panels/traffic-light.js';
import { counted, max, orZero, quantile, rate, raw, series, sum, total } from './promql.js';

const health: Section = {
  title: 'Relay: do alerts reach people?',
  lines: [
    line(
      HEIGHT.stat,
      stat({
        title: 'Relay',
        unit: 'short',
        steps: atLeast(1),
        mappings: UP_OR_DOWN,
        nothing: 'not scraped',
        about:
          'Whether Prometheus reaches the relay. While it is down AlertManager keeps trying; nothing is lost as ' +
          'long as that runs.',
        queries: [{ legend: 'relay', expr: `min(${RELAY_UP})` }],
      }),
      stat({
        title: 'Watchdog',
        unit: 'short',
        steps: atLeast(1),
        mappings: UP_OR_DOWN,
        nothing: 'unknown',
        about: 'The alert that always fires. DOWN: Prometheus evaluates no rules, so no alert can fire at all.',
        queries: [{ legend: 'watchdog', expr: orZero(raw('max(ALERTS{alertname="Watchdog", alertstate="firing"})')) }],
      }),
      stat({
        title: 'Oldest undelivered',
        unit: 's',
        decimals: 0,
        limit: 'relay_pending_seconds',
        nothing: 'no relay',
        about:
          'Age of the oldest notification that waits for its delivery. Red: people hear nothing on that channel ' +
          '(AlertRelayCannotDeliver).',
        queries: [{ legend: 'age', expr: max([], series(relayMetrics.oldestPending)) }],
      }),
      stat({
        title: 'Dead letters',
        unit: 'short',
        steps: none(),
        nothing: 'no relay',
        about:
          'Notifications that were given up and wait for a person (AlertRelayDeadLetters). Look at them, then ' +
          'replay or discard them.',
        queries: [{ legend: 'dead', expr: total([], relayMetrics.deadLetters) }],
      }),
      stat({
        title: 'P95 delivery',
        unit: 's',
        steps: upTo(60, 10),
        nothing: 'none delivered',
        about:
          'From accepting a post to its delivery, over the time shown above. Digests and rate budgets of channels ' +
          'are part of it.',
        queries: [{ legend: 'P95', expr: quantile(0.95, [], relayMetrics.latency, {}, '$__range') }],
      }),
      stat({
        title: 'Delivered',
        unit: 'short',
        decimals: 0,
        steps: NEUTRAL,
        nothing: 'no relay',
        about: 'Notifications delivered within the time shown above.',
        queries: [
          {
            legend: 'delivered',
            expr: `round(${counted([], relayMetrics.deliveries, { verdict: 'delivered' }, '$__range')})`,
          },
        ],
      }),
    ),
  ],
};

const flow: Section = {
  title: 'Relay: from post to delivery',
  lines: [
    line(
      HEIGHT.graph,
      lines({
        title: 'Posts by answer',
        unit: 'short',
        nothing: 'no relay is scraped',
        drawn: 'bars',
        decimals: 0,
        colors: { accepted: 'green', refused: 'red', unreadable: 'purple', unavailable: 'orange' },
        about:
          'Posts from AlertManager. Refused: wrong token or not an AlertManager. Unavailable: the outbox could not ' +
          'be written; AlertManager tries again.',
        queries: [{ legend: '{{result}}', expr: counted(['result'], relayMetrics.accepted) }],
      }),
      lines({
        title: 'Alerts by kind',
        unit: 'short',
        nothing: 'no alert was posted',
        drawn: 'bars',
        decimals: 0,
        about:
          "What the alerts in accepted posts were. Duplicates are not sent on; reminders follow AlertManager's " +
          'repeat_interval.',
        queries: [{ legend: '{{kind}}', expr: counted(['kind'], relayMetrics.alerts) }],
      }),
      lines({
        title: 'Deliveries by verdict',
        unit: 'short',
        nothing: 'nothing was tried',
        drawn: 'bars',
        decimals: 0,
        colors: { delivered: 'green', retry: 'orange', permanent: 'red', ambiguous: 'purple' },
        about:
          'Attempts. Retry: the channel was away and it is tried again. Permanent: the channel said no, a dead ' +
          'letter. Ambiguous: its answer was lost, a duplicate is possible.',
        queries: [{ legend: '{{verdict}}', expr: counted(['verdict'], relayMetrics.deliveries) }],
      }),
    ),
    line(
      HEIGHT.graph,
      lines({
        title: 'Failures by channel and reason',
        unit: 'short',
        nothing: 'every attempt delivered',
        drawn: 'bars',
        legend: 'table',
        decimals: 0,
        about: 'Attempts that delivered nothing, with what was wrong. The alert guide has a line for each reason.',
        queries: [
          {
            legend: '{{channel}} {{reason}}',
            expr: counted(['channel', 'reason'], relayMetrics.deliveries, {
              verdict: { operator: '!=', value: 'delivered' },
            }),
          },
        ],
      }),
      lines({
        title: 'Delivery time',
        unit: 's',
        nothing: 'nothing was delivered',
        legend: 'table',
        about: 'From accepting a post to delivering its notification, P50 and P95 of each channel.',
        queries: [0.5, 0.95].map((q) => ({
          legend: `{{channel}} P${q * 100}`,
          expr: quantile(q, ['channel'], relayMetrics.latency),
        })),
      }),
    ),
    line(
      HEIGHT.graph,
      lines({
        title: 'Undelivered',
        unit: 'short',
        nothing: 'no relay is scraped',
        drawn: 'steps',
        decimals: 0,
        about: 'Notifications in the outbox of each channel. It should come back to zero within seconds.',
        queries: [{ legend: '{{channel}}', expr: total(['channel'], relayMetrics.pending) }],
      }),
      lines({
        title: 'Oldest undelivered',
        unit: 's',
        nothing: 'no relay is scraped',
        limit: 'relay_pending_seconds',
        about:
          'Age of the oldest undelivered notification. A straight line upwards: that channel is away. Dashed: ' +
          'threshold of AlertRelayCannotDeliver.',
        queries: [{ legend: '{{channel}}', expr: max(['channel'], series(relayMetrics.oldestPending)) }],
      }),
      lines({
        title: 'Dead letters',
        unit: 'short',
        nothing: 'no relay is scraped',
        drawn: 'steps',
        decimals: 0,
        about: 'Given up, waiting for a person. Any is an alert (AlertRelayDeadLetters).',
        queries: [{ legend: '{{channel}}', expr: total(['channel'], relayMetrics.deadLetters) }],
      }),
    ),
    line(
      HEIGHT.graph,
      lines({
        title: 'Waits and templates',
        unit: 'short',
        nothing: 'no channel had to wait',
        drawn: 'bars',
        decimals: 0,
        about:
          'Deliveries that waited for the rate budget of their channel, and templates that failed and were ' +
          'replaced by the built-in one.',
        queries: [
          { legend: '{{channel}} waits', expr: counted(['channel'], relayMetrics.rateWaits) },
          { legend: '{{channel}} template failures', expr: counted(['channel'], relayMetrics.renderFailures) },
        ],
      }),
      lines({
        title: 'CPU of the relay',
        unit: 'percentunit',
        nothing: 'no relay is scraped',
        about: 'Part of one CPU. The relay has little to do; a steady load is a loop of retries.',
        queries: [
          { legend: '{{instance}}', expr: sum(['instance'], ofRelays(rate(series(processMetrics.cpu, RELAY)))) },
        ],
      }),
      lines({
        title: 'Memory of the relay',
        unit: 'bytes',
        nothing: 'no relay is scraped',
        about: 'Resident memory. Containers and units allow 512 MB.',
        queries: [{ legend: '{{instance}}', expr: max(['instance'], ofRelays(series(processMetrics.memory, RELAY))) }],
      }),
    ),
  ],
};

export const relaySections: readonly Section[] = [health, flow];
