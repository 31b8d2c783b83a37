// Findings about the broker.
import { describe, expect, it } from '@jest/globals';
import { fineStatus } from '../testing.js';
import { brokerFindings } from './broker.js';

const fine = fineStatus();
const away = (changes: Partial<typeof fine.broker>) =>
  brokerFindings(
    fineStatus({ uptime: 500, broker: { ...fine.broker, isUp: false, forSeconds: 192, failures: 14, ...changes } }),
  )[0];

describe('a broker', () => {
  it('that is connected is not worth a word', () => {
    expect(brokerFindings(fine)).toEqual([]);
  });

  it('that is away is a problem: why, since when, how often', () => {
    const found = away({ reason: 'redis:6379 refuses the connection: nothing listens there' });
    expect(found).toMatchObject({ level: 'problem', title: 'The broker is not connected' });
    expect(found?.detail.replaceAll('\u00A0', ' ')).toBe(
      'Reason: redis:6379 refuses the connection: nothing listens there. The connection was lost 3 min 12 s ago; 14 failures in all. Meanwhile no event is seen: counters stand still, workers and queues show what was last known, and `celery_broker_up` is 0.',
    );
  });

  it('that was never connected is told from one that was lost', () => {
    expect(away({ forSeconds: 500 })?.detail).toContain('It has never been connected since the exporter began');
  });

  it('with a name is told to change its own entry', () => {
    const login = 'r:5672 refuses the login: wrong password or user name';
    expect(away({ name: 'shop', reason: login })?.fix).toBe(
      'Give the right user and password in the URL of `shop` (in `brokers:` or `--broker-url`), or name a file that ' +
        'holds the URL with `url_file` in its entry of `brokers:`; then restart the exporter.',
    );
  });

  it.each([
    ['redis:6379 refuses the connection: nothing listens there', '`redis-cli -h HOST -p PORT ping`'],
    ['the name in redis:6379 is not known to DNS', '`--broker-url` or `CELERY_BROKER_URL`'],
    ['redis:6379 refuses the login: wrong password or user name', '`--broker-url-file`'],
    ['redis:6379 wants a password, and none is configured', 'the right user and password'],
    [
      'TLS: the certificate of redis:6379 is signed by no authority that is trusted here; name its CA file (X)',
      '`--broker-tls-ca-file`',
    ],
    ['TLS: the certificate of redis:6379 has expired', 'Renew'],
    ['TLS: the certificate of redis:6379 is for another host name: y', 'host name'],
    ['TLS: redis:6379 wants a client certificate', '`--broker-tls-cert-file`'],
    ['TLS: redis:6379 does not speak TLS: use redis:// there', '`redis://` where it does not'],
    ['redis:6379 speaks TLS: use rediss:// there', '`rediss://`'],
    ['no Sentinel tells where the master m is: s:26379: wants a password', '`master_name`'],
    ['redis:6379 has no database of that number', 'database number'],
    ['redis:6379 denies permission: NOPERM', '`ACL LOG`'],
    ['redis:6379 does not answer in time, or does not speak TLS', '`redis-cli -h HOST -p PORT ping`'],
    ['TLS: the CA file /x cannot be read: ENOENT', 'the right to read them'],
    ['redis:6379 is a read-only replica: the exporter needs the master', '`sentinel://`'],
    ['redis:6379 has no connection left: maxclients is reached', '`maxclients`'],
    [
      'redis:6379 has closed the connection, that of the event subscription alone: killed by somebody, or too slow for client-output-buffer-limit pubsub',
      'CONFIG SET',
    ],
    ['no right to open /run/redis.sock', '`--broker-url` or `CELERY_BROKER_URL`'],
    ['r:5672 has no exchange celeryev yet, which the first worker makes: start one, or give …', 'Start a worker'],
    ['r:5672 does not let us read q: another exporter with the same instance reads it, or …', '`--instance`'],
    ['r:5672 has a queue q with other properties: delete it there', '`rabbitmqctl delete_queue -p VHOST NAME`'],
    ['r:5672 does not open the virtual host: there is none of that name, or …', '`rabbitmqctl list_permissions'],
    ['r:5672 does not offer this way to log in: PLAIN', '`?login_method=PLAIN`'],
    ['r:5672 does not speak AMQP 0-9-1', 'Another server listens at this port'],
    ['r:5672: somebody has deleted the queue q, which is ours', 'by itself'],
    ['redis:6379 is loading its data from disk', 'Wait'],
    ['redis:6379 runs in protected mode: it takes no connections from other hosts without a password', '`requirepass`'],
    [
      'sentinel-database.login.internal:6379 refuses the connection: nothing listens there',
      '`redis-cli -h HOST -p PORT ping`',
    ],
  ])('that is away because "%s" gets advice that fits', (reason, advice) => {
    expect(away({ reason })?.fix).toContain(advice);
    expect(away({ reason, name: 'shop' })?.fix).not.toMatch(/`CELERY_BROKER_URL`/);
  });

  it('is given ten seconds for the first attempt', () => {
    expect(away({ failures: 0, forSeconds: 3 })).toMatchObject({ level: 'note', title: 'Connecting to the broker' });
    expect(away({ failures: 0, forSeconds: 10 })?.level).toBe('problem');
    expect(away({ failures: 1, forSeconds: 3 })?.level).toBe('problem');
  });

  it('that was lost for a while gets a note: what happened meanwhile is not counted', () => {
    const [found] = brokerFindings(fineStatus({ broker: { ...fine.broker, reconnects: 3, forSeconds: 60 } }));
    expect(found).toMatchObject({
      level: 'note',
      title: 'The connection to the broker was lost and made again 3 times',
    });
    expect(found?.fix).toContain('`celery_broker_reconnects_total`');
  });
});
