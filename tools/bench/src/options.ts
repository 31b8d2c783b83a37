// The options of the bench.
import { parseArgs } from 'node:util';

export const PARTS = ['throughput', 'rabbitmq', 'scrape', 'memory', 'brokers', 'effect', 'drop-in', 'relay'] as const;
export type PartName = (typeof PARTS)[number];

export interface BenchOptions {
  readonly quick: boolean;
  readonly long: boolean;
  /** In the order of PARTS. */
  readonly parts: readonly PartName[];
  readonly profile: boolean;
}

export const HELP = `npm run bench -- [options]

  --quick         under three minutes, with fewer events and rounds
  --long          three times the rounds, for narrower intervals
  --only PART     only some parts, separated by commas: ${PARTS.join(', ')}
  --profile       runs the exporter under load with node --cpu-prof and prints its busiest functions, nothing else;
                  with --only rabbitmq there
  --help

Measures the exporter on real Redis and RabbitMQ servers under a realistic stream of events, beside Flower from PyPI and beside
the least that a subscriber on ioredis or amqplib can do; and the relay, on each of its stores, on posts as AlertManager sends them. Exits with 1 when an event or a post was lost. Results also go to bench-results/ as JSON.
`;

/** The options, or what is wrong with them. */
export function readOptions(argv: readonly string[]): BenchOptions | 'help' | Error {
  try {
    const { values } = parseArgs({
      args: [...argv],
      options: {
        quick: { type: 'boolean' },
        long: { type: 'boolean' },
        only: { type: 'string' },
        profile: { type: 'boolean' },
        help: { type: 'boolean', short: 'h' },
      },
    });
    if (values.help === true) return 'help';
    const wanted = values.only?.split(',') ?? PARTS;
    const unknown = wanted.filter((part) => !(PARTS as readonly string[]).includes(part));
    if (unknown.length > 0) return new Error(`--only ${unknown.join(',')}: want one or more of ${PARTS.join(', ')}`);
    return {
      quick: values.quick ?? false,
      long: values.long ?? false,
      parts: PARTS.filter((part) => wanted.includes(part)),
      profile: values.profile ?? false,
    };
  } catch (error) {
    return error as Error;
  }
}
