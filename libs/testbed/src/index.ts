// The door of the testbed.
export type { Broker, BrokerAddress } from './broker.js';
export type { Certificates } from './certificates.js';
export type { BroadcastOptions, Client, ClientOptions, RevokeOptions, SendRequest } from './client.js';
export { freePort, isPortFree } from './free-port.js';
export type { ManagedProcess, ProcessExit, ProcessSpec } from './managed-process.js';
export { type Labels, parsePrometheusText, type Sample } from './prometheus-text.js';
export type { RedisConnection, RedisOptions, RedisServer } from './redis.js';
export { readScrape, type Scrape, scrape } from './scrape.js';
export type { SentinelNode, SentinelOptions, SentinelSetup } from './sentinel.js';
export { Testbed } from './testbed.js';
export { readTruth, tally, type Truth, type TruthKind, type TruthRecord } from './truth.js';
export { type Truthy, waitFor, type WaitOptions } from './wait-for.js';
export type { Worker, WorkerOptions } from './worker.js';
