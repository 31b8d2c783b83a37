// The door of the testbed.
export type { Broker, BrokerAddress } from './celery/environment.js';
export { askOverTls, type TlsAnswer, type TlsQuestion } from './tls/ask-over-tls.js';
export { type Certificates, createCertificates } from './tls/certificates.js';
export type { BroadcastOptions, Client, ClientOptions, RevokeOptions, SendRequest } from './celery/client.js';
export { findProgram } from './processes/find-program.js';
export { freePort, isPortFree } from './processes/free-port.js';
export type { ManagedProcess, ProcessExit, ProcessSpec } from './processes/managed-process.js';
export {
  cpuSeconds,
  cpuSecondsWhenIdle,
  familyCpuSeconds,
  familyOf,
  memoryUse,
  type MemoryUse,
} from './processes/process-usage.js';
export type { Alertmanager, HeldAlert, SentAlert } from './programs/alertmanager.js';
export type { ExporterOptions, RunningExporter } from './programs/exporter.js';
export type { Prometheus } from './programs/prometheus.js';
export type {
  PrometheusAlert,
  PrometheusClient,
  PrometheusRule,
  RuleGroup,
  ScrapeTarget,
  Series,
} from './programs/prometheus-client.js';
export type { RelayOptions, RelaySettings, RunningRelay } from './programs/relay.js';
export { MONITORING, programOf, REPOSITORY } from './programs/repository.js';
export type { Answer, Environment, LogLine } from './programs/running-app.js';
export type { MonitoringPorts } from './programs/shipped-monitoring.js';
export { type Labels, parsePrometheusText, type Sample } from './metrics-page/prometheus-text.js';
export type {
  PostgresDatabase,
  PostgresLogin,
  PostgresOptions,
  PostgresServer,
  PostgresStandby,
} from './postgres/postgres.js';
export type { RabbitmqUser } from './rabbitmq/files.js';
export type {
  ManagedBinding,
  ManagedConnection,
  ManagedQueue,
  Permissions,
  Policy,
  QueueSettings,
  RabbitmqManagement,
} from './rabbitmq/management.js';
export {
  RABBITMQ_SERVER,
  type RabbitmqConnection,
  type RabbitmqOptions,
  type RabbitmqServer,
} from './rabbitmq/rabbitmq.js';
export type { RedisConnection, RedisOptions, RedisServer } from './redis/redis.js';
export { type DingtalkOptions, startDingtalkReceiver } from './receivers/dingtalk-receiver.js';
export { type FeishuOptions, startFeishuReceiver } from './receivers/feishu-receiver.js';
export { type Mail, readMail } from './receivers/read-mail.js';
export type {
  Misbehaviour,
  OwnCode,
  RawAnswer,
  ReceivedMessage,
  Receiver,
  ReceiverOptions,
} from './receivers/receiver.js';
export { type SlackOptions, startSlackReceiver } from './receivers/slack-receiver.js';
export {
  type ReceivedMail,
  type SmtpOptions,
  type SmtpReceiver,
  startSmtpReceiver,
} from './receivers/smtp-receiver.js';
export { startTokenServer, type TokenServer, type TokenServerOptions } from './receivers/token-server.js';
export { startWebhookReceiver, type WebhookOptions } from './receivers/webhook-receiver.js';
export { startWecomReceiver, type WecomOptions } from './receivers/wecom-receiver.js';
export { readScrape, type Scrape, scrape } from './metrics-page/scrape.js';
export type { SentinelNode, SentinelOptions, SentinelSetup } from './redis/sentinel.js';
export { Testbed } from './testbed.js';
export { readTruth, tally, type Truth, type TruthKind, type TruthRecord } from './celery/truth.js';
export { fetchNpmPackage } from './processes/npm-package.js';
export { runCommand } from './processes/run-command.js';
export { startTcpProxy, type TcpProxy, type TcpTarget } from './processes/tcp-proxy.js';
export { type Truthy, waitFor, type WaitOptions } from './processes/wait-for.js';
export type { Worker, WorkerOptions } from './celery/worker.js';
