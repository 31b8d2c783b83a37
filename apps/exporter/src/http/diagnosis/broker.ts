// Findings about the connection to the broker.
import { brokerMetrics } from '@celery-watch/celery-protocol';
import { count, counted, span } from '../wording.js';
import type { Status, Transport } from '../status.js';
import type { FindingText, Rule } from './finding.js';
import { rightsFix } from './missing-rights.js';

/** Seconds that the first attempt may take before it is worth a word. */
const PATIENCE = 10;

export const brokerFindings: Rule = ({ broker, uptime }) => {
  if (broker.isUp) return broker.reconnects === 0 ? [] : [{ level: 'note', ...TEXTS.reconnected(broker) }];
  if (broker.failures === 0 && broker.forSeconds < PATIENCE) return [{ level: 'note', ...TEXTS.connecting }];
  return [{ level: 'problem', ...TEXTS.notConnected(broker, uptime) }];
};

function times(n: number): string {
  return n === 1 ? 'once' : `${count(n)} times`;
}

/** The reason, which may repeat what a server said, as one sentence. */
function sentence(reason: string): string {
  const text = reason.replaceAll('`', "'").replace(/[.\s]+$/, '');
  return text === '' ? 'No reason is known.' : `Reason: ${text}.`;
}

const PING: Readonly<Record<Transport, string>> = {
  redis: '`redis-cli -h HOST -p PORT ping`',
  amqp: '`nc -vz HOST PORT`, and `rabbitmq-diagnostics listeners` on the broker',
};

const checkAddress = (transport: Transport): string =>
  `Check that the broker runs and can be reached from this host (${PING[transport]}), and that ` +
  '`--broker-url` or `CELERY_BROKER_URL` is the URL that the workers use. The exporter keeps trying: once the ' +
  'broker is back it needs no restart.';

/** By words of the reason that no host name holds; the first that fits. What fits nowhere gets `checkAddress`. */
const FIXES: readonly (readonly [RegExp, string | Readonly<Record<Transport, string>>])[] = [
  [
    /\bSentinels? /,
    "Check the Sentinels' addresses in `--broker-url`, and `master_name` (and the password in `sentinel_kwargs`, " +
      'where they want one) in `--broker-transport-options`. `redis-cli -p 26379 SENTINEL MASTERS` shows the names ' +
      'they know.',
  ],
  [
    /protected mode/,
    'Set a password in Redis (`requirepass`) and give it in `--broker-url`, or let the exporter run on the same host.',
  ],
  [/is loading its data/, 'Wait: Redis answers once it has read its data. The exporter keeps trying.'],
  [
    /with other properties: delete it/,
    'Delete the queue with `rabbitmqctl delete_queue -p VHOST NAME` (the events that it keeps are then not counted), ' +
      'or give the exporter another `--instance`.',
  ],
  [
    /somebody has deleted the queue/,
    'The exporter makes a new one by itself. If it goes again, see in the log of the broker who deletes it, and look ' +
      'for policies that let queues expire.',
  ],
  [/way to log in/, 'Give `?login_method=PLAIN` or `EXTERNAL` in `--broker-url`, as the broker offers it.'],
  [
    /does not speak (?:AMQP|the protocol)/,
    'Another server listens at this port: correct host and port in `--broker-url` (RabbitMQ: 5672, or 5671 with TLS; ' +
      'Redis: 6379).',
  ],
  [
    /the login|a password/,
    'Give the right user and password in `--broker-url` or `CELERY_BROKER_URL`, or name a file that holds the ' +
      'URL with `--broker-url-file`; then restart the exporter.',
  ],
  [
    /client certificate/,
    "Name the client's certificate and its key with `--broker-tls-cert-file` and `--broker-tls-key-file`, and " +
      'see that the broker trusts who signed them.',
  ],
  [
    /another host name/,
    'Use the host name for which the certificate was made in `--broker-url`. Where that cannot be, ' +
      '`?ssl_check_hostname=false` at its end checks the authority alone.',
  ],
  [/has expired|not valid yet/, "Renew the broker's certificate, and check the clocks of both hosts."],
  [/does not answer in time/, { redis: checkAddress('redis'), amqp: checkAddress('amqp') }],
  [/ use rediss?:/, 'Use `rediss://` in `--broker-url` where the port speaks TLS, and `redis://` where it does not.'],
  [
    /cannot be read|no PEM text/,
    'Check the files that `--broker-tls-ca-file`, `--broker-tls-cert-file` and `--broker-tls-key-file` name, and ' +
      'the right to read them.',
  ],
  [/^TLS: /, "Name the certificates of the authority that signed the broker's with `--broker-tls-ca-file`."],
  [/ use amqps?:/, 'Use `amqps://` in `--broker-url` where the port speaks TLS, and `amqp://` where it does not.'],
  [/no database of that number/, 'Correct the database number at the end of `--broker-url`.'],
  [
    /virtual host/,
    'Correct the virtual host at the end of `--broker-url` (`/` is written `%2F`; nothing means `/`): ' +
      '`rabbitmqctl list_vhosts` on the broker shows their names. Where it is right, see with `rabbitmqctl ' +
      "list_permissions -p VHOST` whether the exporter's user has rights in it.",
  ],
  [
    / replica\b/,
    'Point `--broker-url` to the master, or to the Sentinels with `sentinel://`, so that the exporter follows a ' +
      'failover.',
  ],
  [/maxclients/, 'Raise `maxclients` on the broker, or see who holds its connections with `redis-cli CLIENT LIST`.'],
  [
    /client-output-buffer-limit/,
    'Raise the limit on the broker, as with `redis-cli CONFIG SET client-output-buffer-limit "pubsub 128mb 64mb ' +
      '60"`, and see that the exporter has enough CPU time.',
  ],
];

const KEEPS: Readonly<Record<Transport, string>> = {
  redis: 'Redis keeps no events for a listener that is away',
  amqp: 'The broker keeps no events for a listener that is away, unless it was asked to',
};

/** What helps against a reason. */
function fixFor({ name, reason, transport }: Status['broker']): string {
  const fix =
    rightsFix(reason, transport) ?? FIXES.find(([words]) => words.test(reason))?.[1] ?? checkAddress(transport);
  const text = typeof fix === 'string' ? fix : fix[transport];
  if (name === undefined) return text;
  return text
    .replaceAll('`--broker-url-file`', `\`url_file\` in its entry of \`brokers:\``)
    .replace(
      /`--broker-url`(?: or `CELERY_BROKER_URL`)?/,
      `the URL of \`${name}\` (in \`brokers:\` or \`--broker-url\`)`,
    );
}

const TEXTS = {
  reconnected: (broker: Status['broker']): FindingText => ({
    title: `The connection to the broker was lost and made again ${times(broker.reconnects)}`,
    detail:
      `The last time ${span(broker.forSeconds)} ago. ${KEEPS[broker.transport]}: what happened ` +
      'meanwhile is not counted, and tasks that ended in a gap may show as running for a while.',
    fix:
      `If \`${brokerMetrics.reconnects.name}\` keeps rising, look in the log of the broker and of the exporter for the ` +
      'reason.',
  }),
  connecting: {
    title: 'Connecting to the broker',
    detail: 'The first attempt is under way.',
    fix: 'Nothing yet: reload in a few seconds.',
  },
  notConnected: (broker: Status['broker'], uptime: number): FindingText => {
    const since =
      uptime - broker.forSeconds < 1
        ? `It has never been connected since the exporter began ${span(uptime)} ago`
        : `The connection was lost ${span(broker.forSeconds)} ago`;
    return {
      title: 'The broker is not connected',
      detail:
        `${sentence(broker.reason)} ${since}; ${counted(broker.failures, 'failure')} in all. Meanwhile no event is ` +
        'seen: counters stand still, workers and queues show what was last known, and ' +
        `\`${brokerMetrics.up.name}\` is 0.`,
      fix: fixFor(broker),
    };
  },
};
