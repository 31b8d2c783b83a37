// Findings about the connection to the broker.
import { brokerMetrics } from '@celery-watch/celery-protocol';
import { count, counted, span } from '../wording.js';
import type { Rule } from './finding.js';

/** Seconds that the first attempt may take before it is worth a word. */
const PATIENCE = 10;

const CHECK_RIGHTS = 'Allow the exporter\'s user in Redis what it needs: `ACL LOG` on the broker shows what was denied.';

/** By words of the reason; the first that fits. */
const FIXES: readonly (readonly [RegExp, string])[] = [
  [/sentinel/i, 'Check the Sentinels\' addresses in `--broker-url`, and `master_name` (and the password in `sentinel_kwargs`, where they want one) in `--broker-transport-options`. `redis-cli -p 26379 SENTINEL MASTERS` shows the names they know.'],
  [/password|login|user name/i, 'Give the right user and password in `--broker-url` or `CELERY_BROKER_URL`, or name a file that holds the URL with `--broker-url-file`; then restart the exporter.'],
  [/client certificate/i, 'Name the client\'s certificate and key with `--broker-tls-cert-file` and `--broker-tls-key-file`, and see that the broker trusts who signed them.'],
  [/another host name/i, 'Use the host name for which the certificate was made in `--broker-url`.'],
  [/expired|not valid yet/i, 'Renew the broker\'s certificate, and check the clocks of both hosts.'],
  [/use rediss?:/i, 'Use `rediss://` in `--broker-url` where the port speaks TLS, and `redis://` where it does not.'],
  [/certificate|TLS|\bCA\b/, 'Name the certificates of the authority that signed the broker\'s with `--broker-tls-ca-file`.'],
  [/database|index/i, 'Correct the database number at the end of `--broker-url`.'],
  [/permission|no right/i, CHECK_RIGHTS],
];

const CHECK_ADDRESS = 'Check that the broker runs and can be reached from this host (`redis-cli -h HOST -p PORT ping`), and that `--broker-url` or `CELERY_BROKER_URL` is the URL that the workers use. The exporter keeps trying: once the broker is back it needs no restart.';

export const brokerFindings: Rule = ({ broker, uptime }) => {
  if (broker.isUp) {
    if (broker.reconnects === 0) return [];
    return [{
      level: 'note',
      title: `The connection to the broker was lost and made again ${times(broker.reconnects)}`,
      detail: `The last time ${span(broker.forSeconds)} ago. Redis keeps no events for a listener that is away: what happened meanwhile is not counted, and tasks that ended in a gap may show as running for a while.`,
      fix: `If \`${brokerMetrics.reconnects.name}\` keeps rising, look in the log of the broker and of the exporter for the reason.`,
    }];
  }
  if (broker.failures === 0 && broker.forSeconds < PATIENCE) {
    return [{ level: 'note', title: 'Connecting to the broker', detail: 'The first attempt is under way.', fix: 'Nothing yet: reload in a few seconds.' }];
  }
  const never = uptime - broker.forSeconds < 1;
  return [{
    level: 'problem',
    title: 'The broker is not connected',
    detail: `${sentence(broker.reason)} ${never ? `It has never been connected since the exporter began ${span(uptime)} ago` : `The connection was lost ${span(broker.forSeconds)} ago`}; ${counted(broker.failures, 'failure')} in all. Meanwhile no event is seen: counters stand still, workers and queues show what was last known, and \`${brokerMetrics.up.name}\` is 0.`,
    fix: FIXES.find(([words]) => words.test(broker.reason))?.[1] ?? CHECK_ADDRESS,
  }];
};

function times(n: number): string {
  return n === 1 ? 'once' : `${count(n)} times`;
}

/** The reason, which may repeat what a server said, as one sentence. */
function sentence(reason: string): string {
  const text = reason.replaceAll('`', "'").replace(/[.\s]+$/, '');
  return text === '' ? 'No reason is known.' : `Reason: ${text}.`;
}
