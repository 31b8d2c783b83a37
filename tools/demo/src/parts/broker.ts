// The demo's broker in its two forms: a Redis, or a RabbitMQ with its own management page.
import type { ManagedProcess, Testbed } from '@celery-watch/testbed';

export const BROKER_KINDS = ['redis', 'rabbitmq'] as const;
export type BrokerKind = (typeof BROKER_KINDS)[number];

export interface BrokerFacts {
  /** As people call it. */
  readonly title: string;
  readonly program: string;
  readonly usualPort: number;
  /** Where its own page for people is, if it has one. */
  readonly usualPagePort: number | undefined;
}

export const BROKERS: Readonly<Record<BrokerKind, BrokerFacts>> = {
  redis: { title: 'Redis', program: 'redis-server', usualPort: 6379, usualPagePort: undefined },
  rabbitmq: { title: 'RabbitMQ', program: 'rabbitmq-server', usualPort: 5672, usualPagePort: 15672 },
};

export interface DemoBroker extends BrokerFacts {
  readonly url: string;
  /** What the exporter is told besides the URL. */
  readonly exporterArgs: readonly string[];
  /** Its own page, with the login that it asks for. */
  readonly page: { readonly link: string; readonly login: string } | undefined;
  /** The running process, or the last one. */
  readonly process: ManagedProcess;
  stop(): Promise<unknown>;
  /** Over a restart, what was sent stays sent. */
  restart(): Promise<void>;
  purge(queue: string): Promise<void>;
}

export interface BrokerPorts {
  readonly broker: number;
  readonly brokerPage: number | undefined;
}

export function startBroker(bed: Testbed, kind: BrokerKind, ports: BrokerPorts): Promise<DemoBroker> {
  return kind === 'redis' ? startRedis(bed, ports) : startRabbitmq(bed, ports);
}

async function startRedis(bed: Testbed, { broker: port }: BrokerPorts): Promise<DemoBroker> {
  const redis = await bed.redis({ port, args: ['--appendonly', 'yes'] });
  return {
    ...BROKERS.redis,
    url: redis.url,
    exporterArgs: [],
    page: undefined,
    get process() {
      return redis.process;
    },
    stop: () => redis.stop(),
    restart: () => redis.restart(),
    purge: async (queue) => {
      await redis.cli('DEL', queue);
    },
  };
}

async function startRabbitmq(bed: Testbed, { broker: port, brokerPage }: BrokerPorts): Promise<DemoBroker> {
  const rabbitmq = await bed.rabbitmq({ port, management: true, managementPort: brokerPage });
  const { management, connection } = rabbitmq;
  return {
    ...BROKERS.rabbitmq,
    url: rabbitmq.url,
    exporterArgs: [`--rabbitmq-management-url=${management.url}`],
    page: { link: management.url, login: `${connection.username}/${connection.password}` },
    get process() {
      return rabbitmq.process;
    },
    // Connections and messages have found their end by then; its management takes five seconds more.
    stop: () => rabbitmq.stop({ within: 1_500 }),
    restart: () => rabbitmq.restart(),
    purge: (queue) => management.purgeQueue(queue),
  };
}
