// What /readyz answers: an exporter that hears one of its brokers has something to tell, and says which it does not
// hear.
import type { ConnectionState } from '../tracking/health.js';

export interface ConnectedBroker {
  /** Undefined for the only broker. */
  readonly name: string | undefined;
  readonly connection: Pick<ConnectionState, 'isUp' | 'reason'>;
}

export interface Readiness {
  readonly status: 200 | 503;
  readonly text: string;
}

export function readiness(brokers: readonly ConnectedBroker[]): Readiness {
  const away = brokers.filter(({ connection }) => !connection.isUp);
  const [first] = away;
  if (brokers.length === 1) {
    return first === undefined
      ? { status: 200, text: 'ready: connected to the broker\n' }
      : { status: 503, text: `not ready: the broker is not connected: ${first.connection.reason}\n` };
  }
  const all = String(brokers.length);
  const connected = brokers.length - away.length;
  const head =
    connected === 0
      ? `not ready: none of the ${all} brokers is connected`
      : `ready: connected to ${connected === brokers.length ? 'all' : `${String(connected)} of`} ${all} brokers`;
  const lines = away.map(({ name = '', connection }) => `not connected: ${name}: ${connection.reason}`);
  return { status: connected === 0 ? 503 : 200, text: `${[head, ...lines].join('\n')}\n` };
}
