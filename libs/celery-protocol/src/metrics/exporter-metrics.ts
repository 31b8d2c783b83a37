// The catalogue, part 4: the exporter on itself.
import { metric } from './entry.js';

const LAG_BUCKETS = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 30] as const;

export const exporterMetrics = {
  events: metric(
    'counter',
    'celery_exporter_events_total',
    'Events read, by type; types that Celery does not define count as custom.',
    ['type'],
  ),
  refused: metric(
    'counter',
    'celery_exporter_events_refused_total',
    'Messages and events that could not be read, by reason.',
    ['reason'],
  ),
  duplicates: metric(
    'counter',
    'celery_exporter_events_duplicate_total',
    'Second events about one execution, which count nowhere else, by type.',
    ['type'],
  ),
  missed: metric(
    'counter',
    'celery_exporter_events_missed_total',
    "Executions that are not wholly known: started, as the worker's heartbeats say, and not seen to start (those of " +
      'tasks with send_events=False too), or under way when the worker or the exporter lost the broker, so that their end was not heard.',
    ['worker'],
  ),
  droppedEvents: metric(
    'counter',
    'celery_exporter_events_dropped_total',
    'Events that the broker threw away before they were read, since more waited than it keeps. No sample where it ' +
      'cannot tell.',
    [],
  ),
  unheard: metric(
    'counter',
    'celery_exporter_unheard_seconds_total',
    'Seconds of which events may be lost: from when everything had been heard until the exporter listened again, after ' +
      'its connection was lost, or cut because it was too slow or stopped. No sample before the first connection.',
    [],
  ),
  lag: metric(
    'histogram',
    'celery_exporter_event_lag_seconds',
    'Time from the making of an event to its receipt.',
    [],
    LAG_BUCKETS,
  ),
  tracked: metric(
    'gauge',
    'celery_exporter_tracked_tasks',
    'Tasks in the table, by state: waiting, running, or ended a moment ago.',
    ['state'],
  ),
  evicted: metric(
    'counter',
    'celery_exporter_evicted_tasks_total',
    'Tasks put out of the full table before their end was seen; their later events count under unknown.',
    ['state'],
  ),
  expired: metric(
    'counter',
    'celery_exporter_expired_tasks_total',
    'Tasks put out of the table because nothing was heard of them for too long.',
    ['state'],
  ),
  droppedSeries: metric(
    'counter',
    'celery_exporter_dropped_series_total',
    'Sightings of label sets that found no room under the cap of series and were folded into other.',
    ['metric'],
  ),
  customSkipped: metric(
    'counter',
    'celery_exporter_custom_events_skipped_total',
    'Events that a metric of custom_metrics waits for and that were not counted in it, by reason: the value is missing, ' +
      'is no number, negative or too large, a label is no text, or the event came from no task.',
    ['metric', 'reason'],
  ),
  queueRules: metric(
    'counter',
    'celery_exporter_queue_resolutions_total',
    'How the queue of a task was learnt: sent (task-sent), only_queue (its worker consumes one queue), ' +
      'last_queue (the last one seen for that task), unknown.',
    ['rule'],
  ),
  pollerSuccess: metric(
    'gauge',
    'celery_exporter_poller_last_success_timestamp_seconds',
    'Unix time of the last success of each background poller.',
    ['poller'],
  ),
  pollerFailures: metric(
    'counter',
    'celery_exporter_poller_failures_total',
    'Failed rounds of each background poller.',
    ['poller'],
  ),
  httpRefusals: metric(
    'counter',
    'celery_exporter_http_refusals_total',
    'Requests and connections that were refused or broken off, by reason: a wrong path or method, too slow, no HTTP, ' +
      'gone before the answer, too many.',
    ['reason'],
  ),
  webConfigSuccessful: metric(
    'gauge',
    'celery_exporter_web_config_last_reload_successful',
    'Whether the web configuration file, with its certificates, is in force as it is now: 1, or 0 where the one before ' +
      'it still is. Absent: there is none.',
    [],
  ),
  certificateExpiry: metric(
    'gauge',
    'celery_exporter_certificate_expiry_timestamp_seconds',
    'Unix time at which the certificate that is shown to clients expires. Absent: TLS is not spoken here.',
    [],
  ),
  lostLogLines: metric(
    'counter',
    'celery_exporter_log_lines_lost_total',
    'Log lines that could not be written: the disk was full, or nobody read them.',
    [],
  ),
  buildInfo: metric('gauge', 'celery_exporter_build_info', 'Always 1; what runs here.', ['version', 'node_version']),
} as const;
