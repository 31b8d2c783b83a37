// Advice on what a broker refuses to the exporter's user: the commands that give a right, by the words of the reason.
import type { Transport } from '../status.js';

const SET_PERMISSIONS = '`rabbitmqctl set_permissions -p VHOST USER CONFIGURE WRITE READ`';

/** How the user is let. */
export const ALLOW: Readonly<Record<Transport, string>> = {
  redis: "Allow the exporter's user in Redis what it needs: `ACL LOG` on the broker shows what was denied.",
  amqp:
    `Allow the exporter's user what it needs, with ${SET_PERMISSIONS}: ` +
    'the monitoring guide shows the patterns, and the log of the broker what was denied.',
};

/** By words of the reason; the first that fits. */
const BY_REASON: readonly (readonly [RegExp, string | Readonly<Record<Transport, string>>])[] = [
  [
    /tag management/,
    'Give the user the tag with `rabbitmqctl set_user_tags USER management` (it replaces the tags that the user has), ' +
      'or correct user and password in `--rabbitmq-management-url`.',
  ],
  [
    /has no exchange .* yet/,
    `Start a worker, which makes the exchange; or let the exporter's user make it, with the right configure on it ` +
      `(${SET_PERMISSIONS}).`,
  ],
  [
    /another exporter with the same instance/,
    'Give each exporter an `--instance` of its own; only one of a name can read the queue that is kept for it. Where ' +
      `no other runs, let the exporter's user read it (${SET_PERMISSIONS}).`,
  ],
  [/denies permission/, ALLOW],
];

/** undefined where the reason is no refusal that is known. */
export function rightsFix(reason: string, transport: Transport): string | undefined {
  const fix = BY_REASON.find(([words]) => words.test(reason))?.[1];
  return typeof fix === 'object' ? fix[transport] : fix;
}
