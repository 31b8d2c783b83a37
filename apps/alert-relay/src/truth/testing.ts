// For the tests on real parts: the relay as the program that users run, and posts as AlertManager sends them.
import path from 'node:path';
import {
  type Environment,
  freePort,
  type ProcessExit,
  programOf,
  type RelayOptions,
  type RelaySettings,
  type RunningRelay,
  type Testbed,
} from '@celery-watch/testbed';

export type { RunningRelay } from '@celery-watch/testbed';

export const PROGRAM = programOf('relay');

/** Writes a configuration; JSON is YAML. Gives the file's path. */
export function writeConfig(bed: Testbed, settings: RelaySettings, name?: string): Promise<string> {
  return bed.relayConfig(settings, name);
}

/**
 * What a test's configuration has unless it says otherwise: a free port of the loopback, a store in the testbed's
 * folder, no watchdog.
 */
export async function settingsOf(bed: Testbed, given: RelaySettings): Promise<RelaySettings> {
  return {
    listen: `127.0.0.1:${await freePort()}`,
    storage: { path: path.join(bed.folder, 'relay.db') },
    watchdog: 'none',
    ...given,
  };
}

export type LaunchOptions = Pick<RelayOptions, 'env' | 'nodeOptions' | 'command'>;

/** Starts the relay with a configuration that lies in `file`; resolves when it answers. */
export function launchRelay(bed: Testbed, file: string, options: LaunchOptions = {}): Promise<RunningRelay> {
  return bed.relay({ ...options, config: file, until: 'alive' });
}

export async function startRelayProgram(
  bed: Testbed,
  settings: RelaySettings,
  options?: LaunchOptions,
): Promise<RunningRelay> {
  return launchRelay(bed, await writeConfig(bed, await settingsOf(bed, settings)), options);
}

/** Runs a command of the relay, or a start that fails, to its end. */
export function runProgram(
  bed: Testbed,
  args: readonly string[],
  env: Environment = {},
): Promise<ProcessExit & { readonly out: string; readonly err: string }> {
  return bed.runRelay(args, env);
}

export interface TestAlert {
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations?: Readonly<Record<string, string>>;
  readonly status?: 'firing' | 'resolved';
  readonly startsAt?: number;
  readonly endsAt?: number;
  readonly fingerprint?: string;
}

/** A post as AlertManager's webhook sends it, version 4. */
export function postOf(
  group: string,
  alerts: readonly TestAlert[],
  more: Readonly<Record<string, unknown>> = {},
): Readonly<Record<string, unknown>> {
  return {
    receiver: 'relay',
    status: alerts.some(({ status }) => status !== 'resolved') ? 'firing' : 'resolved',
    version: '4',
    truncatedAlerts: 0,
    groupKey: `{}:{group="${group}"}`,
    groupLabels: { group },
    commonLabels: {},
    commonAnnotations: {},
    externalURL: 'http://alertmanager.test:9093',
    alerts: alerts.map(
      ({ labels, annotations = {}, status = 'firing', startsAt = 1_790_000_000_000, endsAt, fingerprint }) => ({
        status,
        labels,
        annotations,
        startsAt: new Date(startsAt).toISOString(),
        endsAt: endsAt === undefined ? '0001-01-01T00:00:00Z' : new Date(endsAt).toISOString(),
        generatorURL: 'http://prometheus.test:9090/graph?g0.expr=up',
        ...(fingerprint !== undefined && { fingerprint }),
      }),
    ),
    ...more,
  };
}
