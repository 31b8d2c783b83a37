// The thread that answers HTTP: it reads what strangers send, in a heap of its own, and asks the core. It says that the
// relay lives as long as the core gives signs of life.
import { parentPort, workerData } from 'node:worker_threads';
import {
  Door,
  type HttpServer,
  listen,
  ListenError,
  type PlainLog,
  type Refusals,
} from '@celery-watch/service/http-server';
import { CoreOverPort } from './core-over-port.js';
import { BEAT_MS, type FrontSettings, type ToCore, type ToFront } from './front-messages.js';
import { Guides } from './guides.js';
import { Pulse } from './pulse.js';
import { createRoutes, onlyProbes } from './routes.js';
import { Standstill } from './standstill.js';

/** How long answers under way have when the relay stops. */
const CLOSE_MS = 3_000;

const port = parentPort;
if (port === null) throw new Error('this is a thread of the relay, and no program');
const settings = workerData as FrontSettings;
const { limits, version, beatMs = BEAT_MS } = settings;
let { state } = settings;
let server: HttpServer | undefined;
let probes: HttpServer | undefined;
const core = new CoreOverPort(port);
const pulse = new Pulse();
const tell = (message: ToCore): void => {
  port.postMessage(message);
};
/** Nothing is counted or logged here: what the core has heard is kept, whatever becomes of this thread. */
const refusals: Refusals = {
  add: (reason, message, details) => {
    tell({ kind: 'refusal', reason, message, details });
  },
};
const logTo =
  (level: 'warn' | 'error') =>
  (fields: Readonly<Record<string, unknown>>, message: string): void => {
    tell({ kind: 'log', level, fields, message });
  };
const log: PlainLog = { warn: logTo('warn'), error: logTo('error') };

const standstill = new Standstill(() => performance.now());
const ticking = setInterval(() => {
  pulse.tick();
  standstill.tick();
}, beatMs);
port.on('message', (message: ToFront) => {
  switch (message.kind) {
    case 'answer':
    case 'failure':
      core.hear(message);
      return;
    case 'state':
      ({ state } = message);
      changeTls();
      return;
    case 'beat':
      pulse.beat();
      return;
    case 'close':
      void close();
  }
});

/** For new connections; what cannot be used was refused by the core already. */
function changeTls(): void {
  try {
    server?.useTls(state.door.tls);
  } catch (error) {
    log.error({ err: error }, 'the certificate could not be put in force: the one before still is');
  }
}

async function close(): Promise<void> {
  await Promise.all([server?.close(), probes?.close()]);
  clearInterval(ticking);
  port?.close();
}

const door = new Door({
  plan: () => state.door,
  realm: 'alert-relay',
  refusals,
  log,
  hint: ': AlertManager sends it with http_config.authorization.credentials_file',
});
const routes = createRoutes({
  core,
  state: () => state,
  silence: () => pulse.silence,
  stoodStill: () => standstill.isJustOver,
  limits,
  refusals,
  door,
  guides: new Guides(),
  countPost: (result) => {
    tell({ kind: 'post', result });
  },
  log,
  version,
});
try {
  const { host, connections } = settings;
  server = await listen(routes, {
    ...(host !== undefined && host !== '' && { host }),
    port: settings.port,
    log,
    refusals,
    maxConnections: connections,
    closeDeadlineMs: CLOSE_MS,
    tls: state.door.tls,
  });
  if (settings.probes !== undefined)
    probes = await listen(onlyProbes(routes), {
      ...(settings.probes.host && { host: settings.probes.host }),
      port: settings.probes.port,
      log,
      refusals,
    });
  tell({ kind: 'listening', port: server.port, url: server.url });
} catch (error) {
  if (!(error instanceof ListenError)) throw error;
  tell({ kind: 'not listening', code: error.code, message: error.message });
  await close();
}
