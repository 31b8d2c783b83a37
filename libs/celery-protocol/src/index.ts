// What the library offers.
export { metric, type MetricEntry, type MetricType } from './metrics/entry.js';
export {
  BROKER_LABEL,
  METRIC_CATALOGUE,
  PROCESS_METRICS,
  RELAY_METRIC_CATALOGUE,
  STORE_METRICS,
} from './metrics/catalogue.js';
export {
  TASK_STATES,
  type TaskState,
  UNKNOWN,
  OTHER,
  DURATION_BUCKETS,
  WAIT_BUCKETS,
  taskMetrics,
} from './metrics/task-metrics.js';
export { EXIT_REASONS, workerMetrics } from './metrics/worker-metrics.js';
export { brokerMetrics, queueMetrics } from './metrics/broker-metrics.js';
export { DELIVERY_VERDICTS, type DeliveryVerdict, POST_RESULTS, relayMetrics } from './metrics/relay-metrics.js';
export {
  DANIHODOVIC_BUCKETS,
  danihodovicMetrics,
  flowerMetrics,
  ovalmoneyMetrics,
  PYTHON_BUCKETS,
} from './metrics/dropin-metrics.js';
export { exporterMetrics } from './metrics/exporter-metrics.js';
export { REFUSAL_REASONS, type RefusalReason, Refusal } from './wire/refusal.js';
export { MAX_MESSAGE_BYTES, type Message } from './wire/message.js';
export { EnvelopeReader } from './wire/envelope.js';
export { readAmqpMessage, type AmqpProperties } from './wire/amqp-message.js';
export { isRecord } from './wire/is-record.js';
export { delayedRoutingKey } from './wire/delayed-delivery.js';
export { etaSeconds, readyAt } from './wire/eta.js';
export { readTaskId } from './wire/task-id.js';
export { decodeBody } from './wire/body.js';
export {
  decodeEvents,
  readEvent,
  EVENT_TYPES,
  type EventSink,
  type EventBase,
  type TaskEvent,
  type WorkerEvent,
  type CustomEvent,
  type TaskSent,
  type TaskReceived,
  type TaskSucceeded,
  type TaskFailed,
  type TaskRejected,
  type TaskPlain,
} from './wire/event.js';
export { announcesRejection, exceptionClass, unregisteredName } from './wire/exception-class.js';
export { CUT_BYTES, readCutHead, readQueueHead, type QueueHead } from './wire/queue-head.js';
export { type QueuedTask } from './wire/task-message.js';
export { hostOf, isName, readName } from './wire/name.js';
export {
  readTransportOptions,
  DEFAULT_TRANSPORT_OPTIONS,
  type RedisTransportOptions,
} from './redis/transport-options.js';
export {
  joinNames,
  redisNames,
  sentinelNames,
  queueOfBinding,
  type RedisNames,
  type ExchangeNames,
} from './redis/names.js';
export {
  CONTROL_METHODS,
  type ControlMethod,
  type ControlRequest,
  controlBody,
  redisControlPayload,
  amqpControlMessage,
  type AmqpControlMessage,
} from './control/request.js';
export {
  readReply,
  replyError,
  readActiveQueues,
  readStats,
  readActive,
  readActiveTasks,
  type ControlReply,
  type ActiveTask,
  type ConsumedQueue,
  type WorkerStats,
} from './control/reply.js';
export { type StatedBroker } from './control/stated-broker.js';
export { ALERT_CATALOGUE, SEVERITIES, type AlertEntry, type Severity } from './alerts/catalogue.js';
export { type DashboardView, SUBJECT_VIEWS, TASK_VIEW, viewOf } from './alerts/dashboards.js';
