// The exporter's HTTP side as a whole: its server, who may come in, and what of that changes while it runs.
import {
  bearerHash,
  Door,
  type DoorPlan,
  doorPlan,
  doorTeller,
  type HttpRefusals,
  type HttpServer,
  isLoopback,
  listen,
  type Log,
  type WebConfig,
  WebConfigWatch,
} from '@celery-watch/service';
import { readFileSync } from 'node:fs';
import type { ExporterConfig } from './config.js';
import type { DoorFigures } from './metrics/server-families.js';
import { createRoutes, type RouteParts } from './http/routes.js';

const THINGS = [
  ['metrics', '/metrics'],
  ['page', 'the page for people'],
  ['probe', '/healthz'],
  ['probe', '/readyz'],
] as const;
const HOW_TO_LOCK = 'set metrics_token or web_config_file to lock it';

export class House implements DoorFigures {
  readonly #config: ExporterConfig;
  readonly #log: Log;
  readonly #door: Door;
  #plan: DoorPlan;
  #servers: readonly HttpServer[] = [];
  #watch: WebConfigWatch | undefined;

  constructor(config: ExporterConfig, log: Log, refusals: HttpRefusals) {
    this.#config = config;
    this.#log = log;
    this.#plan = planOf(config, config.web.config);
    this.#door = new Door({ plan: () => this.#plan, realm: 'celery-exporter', refusals, log });
  }

  /** Where it answers. */
  get url(): string {
    return this.#servers[0]?.url ?? '';
  }

  get isGood(): boolean | undefined {
    return this.#watch?.isGood;
  }

  get certificateExpiresAt(): number | undefined {
    return this.#watch?.expiresAt;
  }

  /** Resolves when it answers. Throws a ListenError. */
  async open(parts: Omit<RouteParts, 'door'>): Promise<void> {
    const { listen: at, web, probePort } = this.#config;
    const { log, refusals } = parts;
    const server = await listen(createRoutes({ ...parts, door: this.#door }), {
      ...at,
      log,
      refusals,
      tls: this.#plan.tls,
    });
    this.#servers = [server];
    if (probePort !== undefined) {
      const routes = createRoutes({ ...parts, only: 'probes' });
      const probes = await listen(routes, { ...at, port: probePort, log, refusals }).catch(async (error: unknown) => {
        await server.close();
        throw error;
      });
      this.#servers = [server, probes];
      log.info({ url: `${probes.url}/healthz` }, 'answering probes');
    }
    const address = `${server.address.includes(':') ? `[${server.address}]` : server.address}:${server.port}`;
    const tell = doorTeller(log, THINGS);
    tell(this.#plan, address);
    if (web.file === undefined) return;
    this.#watch = new WebConfigWatch({
      file: web.file,
      readFile: (path) => readFileSync(path, 'utf8'),
      log,
      first: web.config,
      use: (next) => {
        server.useTls(next.tls);
        this.#plan = planOf(this.#config, next);
        tell(this.#plan, address);
      },
    });
    this.#watch.begin();
  }

  /** Reads the web configuration again, at once. */
  look(): void {
    this.#watch?.look(true).catch((error: unknown) => {
      this.#log.error({ err: error }, 'the web configuration could not be looked at');
    });
  }

  async close(): Promise<void> {
    await this.#watch?.close();
    await Promise.all(this.#servers.map((server) => server.close()));
  }
}

function planOf({ listen: { host }, metricsToken }: ExporterConfig, web: WebConfig): DoorPlan {
  const reads = ['metrics', 'page'] as const;
  const token = metricsToken && {
    kind: 'bearer' as const,
    hash: bearerHash(metricsToken.reveal()),
    locks: reads,
    opens: reads,
  };
  return doorPlan(web, { credentials: token ? [token] : [], isLocal: isLoopback(host), howToLock: HOW_TO_LOCK });
}
