// The catalogue, part 5: the alert relay. The rule files and dashboards rely on these names.
import { metric } from './entry.js';

/** What a delivery came to. */
export const DELIVERY_VERDICTS = ['delivered', 'retry', 'permanent', 'ambiguous'] as const;
export type DeliveryVerdict = (typeof DELIVERY_VERDICTS)[number];
/** How the relay answers a post. */
export const POST_RESULTS = ['accepted', 'refused', 'unreadable', 'unavailable'] as const;

const SECONDS = [0.1, 0.5, 1, 2, 5, 10, 30, 60, 300, 1800, 7200] as const;

export const relayMetrics = {
  accepted: metric(
    'counter',
    'alert_relay_posts_total',
    'Posts from AlertManager, by what was answered: accepted, refused (not allowed, or too large), unreadable, ' +
      'unavailable (try again).',
    ['result'],
  ),
  alerts: metric(
    'counter',
    'alert_relay_alerts_total',
    'Alerts in accepted posts, by what they were: news, reminder, duplicate, held, quiet (pending or silenced).',
    ['kind'],
  ),
  deliveries: metric('counter', 'alert_relay_deliveries_total', 'Attempts to deliver, by what they came to and why.', [
    'channel',
    'verdict',
    'reason',
  ]),
  pending: metric(
    'gauge',
    'alert_relay_pending_notifications',
    'Notifications in the outbox that are not delivered yet.',
    ['channel'],
  ),
  oldestPending: metric(
    'gauge',
    'alert_relay_oldest_pending_seconds',
    'Age of the oldest notification that is not delivered yet; 0 for none.',
    ['channel'],
  ),
  deadLetters: metric('gauge', 'alert_relay_dead_letters', 'Notifications that were given up and wait for a person.', [
    'channel',
  ]),
  rateWaits: metric(
    'counter',
    'alert_relay_rate_limit_waits_total',
    'Deliveries that had to wait for the rate budget of their channel.',
    ['channel'],
  ),
  renderFailures: metric(
    'counter',
    'alert_relay_render_failures_total',
    'Templates that failed and were replaced by the built-in one, and tries to make a message that failed.',
    ['channel'],
  ),
  latency: metric(
    'histogram',
    'alert_relay_delivery_seconds',
    'Time from accepting a post to delivering its notification.',
    ['channel'],
    SECONDS,
  ),
  quarantined: metric(
    'gauge',
    'alert_relay_quarantined_posts',
    'Posts that could not be read and are kept for a person to look at.',
    [],
  ),
  storeLost: metric(
    'gauge',
    'alert_relay_store_lost',
    "1 while the store's file is not at its place (deleted, moved or replaced while the relay runs): posts are refused.",
    [],
  ),
  watchdog: metric(
    'gauge',
    'alert_relay_watchdog_last_seen_timestamp_seconds',
    'When the watchdog alert last arrived; missing before its first arrival.',
    [],
  ),
  httpRefusals: metric(
    'counter',
    'alert_relay_http_refusals_total',
    'Requests and connections that were refused or broken off, by reason: a wrong path, method or login, a body that ' +
      'is too large or of another form, too slow, no HTTP, gone before the answer, sent for the page of another site, ' +
      'too many.',
    ['reason'],
  ),
  httpRestarts: metric(
    'counter',
    'alert_relay_http_restarts_total',
    'How often the thread that answers HTTP ended by itself and was started anew; its senders try again.',
    [],
  ),
  webConfigSuccessful: metric(
    'gauge',
    'alert_relay_web_config_last_reload_successful',
    'Whether the web configuration file, with its certificates, is in force as it is now: 1, or 0 where the one before ' +
      'it still is. Absent: there is none.',
    [],
  ),
  certificateExpiry: metric(
    'gauge',
    'alert_relay_certificate_expiry_timestamp_seconds',
    'Unix time at which the certificate that is shown to clients expires. Absent: TLS is not spoken here.',
    [],
  ),
  lostLogLines: metric(
    'counter',
    'alert_relay_log_lines_lost_total',
    'Log lines that could not be written: the disk was full, or nobody read them.',
    [],
  ),
  reloadSuccessful: metric(
    'gauge',
    'alert_relay_config_last_reload_successful',
    'Whether the last reading of the configuration succeeded: 1, or 0 where the relay goes on with the one before.',
    [],
  ),
} as const;
