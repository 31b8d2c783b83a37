// Where a RabbitMQ broker is, read from its URL as kombu does (docs/protocol/rabbitmq.md#urls).
import type { UrlTls } from '../tls.js';
import { splitUrl, tlsOf, unquote, UrlProblem, type UrlParts } from '../url-parts.js';

/** One or more servers of a cluster; passwords stand in clear text: never log one of these. */
export interface AmqpAddress {
  /** Tried in turn; each has its own login and vhost. */
  readonly hosts: readonly [AmqpHost, ...AmqpHost[]];
}

export interface AmqpHost {
  readonly host: string;
  /** undefined: 5672, or 5671 with TLS. */
  readonly port: number | undefined;
  readonly tls: UrlTls | undefined;
  readonly username: string;
  readonly password: string;
  readonly vhost: string;
  /** Seconds between two signs of life. */
  readonly heartbeat: number;
  /** `external`: the client certificate says who we are. */
  readonly login: 'plain' | 'external';
}

export const WANTED =
  'amqp://user:password@host[:5672]/vhost, amqps://… for TLS; several as amqp://host1/v;amqp://host2/v';

const WORDS = { wanted: WANTED, several: 'each with its own scheme, amqp://host1;amqp://host2' };

export const SCHEMES: readonly string[] = ['amqp', 'amqps', 'pyamqp', 'librabbitmq'];

/** Seconds: a broker that is dead without having closed is noticed after twice that, and so are we by it. */
const HEARTBEAT = { usual: 10, least: 5, most: 60 };

/** Pure. Throws UrlProblem. */
export function readAddress(url: string): AmqpAddress {
  const [first = '', ...others] = url.split(';');
  return { hosts: [readHost(first), ...others.map((text) => readHost(text.trim()))] };
}

function readHost(url: string): AmqpHost {
  if (!/^(?:(?:py)?amqp|amqps|librabbitmq):\/\//i.test(url))
    throw new UrlProblem(
      'has a part without amqp:// or amqps://: wanted amqp://host1;amqp://host2, each with its login',
    );
  const parts = splitUrl(url, WORDS);
  if (/^ssl$|^ca_certs$|^certfile$|^keyfile$/m.test([...parts.query.keys()].join('\n')))
    throw new UrlProblem(
      'has TLS options in its query, which Celery does not take there: wanted amqps://, and the files in ' +
        'broker_tls_ca_file, broker_tls_cert_file and broker_tls_key_file',
    );
  return {
    host: parts.host || 'localhost',
    port: parts.port,
    tls: tlsOf(parts, parts.scheme === 'amqps'),
    username: parts.username ?? 'guest',
    password: parts.password ?? 'guest',
    vhost: vhostOf(parts),
    heartbeat: heartbeatOf(parts),
    login: loginOf(parts),
  };
}

/** One slash belongs to the URL; what is empty then is the vhost `/`. */
function vhostOf({ path }: UrlParts): string {
  // A password with a slash that was not encoded ends here.
  if (path.includes('@'))
    throw new UrlProblem('has an @ behind its host: in a password, write / as %2F and @ as %40; in a vhost, @ as %40');
  return unquote(path.replace(/^\//, '')) || '/';
}

function heartbeatOf({ query }: UrlParts): number {
  const text = query.get('heartbeat');
  if (text === null || text === '') return HEARTBEAT.usual;
  if (!/^\d+(?:\.\d+)?$/.test(text))
    throw new UrlProblem(`has heartbeat=${text}: wanted seconds, such as heartbeat=10`);
  // 0 would be none at all, and a dead broker is then never noticed.
  return Math.min(HEARTBEAT.most, Math.max(HEARTBEAT.least, Math.round(Number(text)) || HEARTBEAT.usual));
}

function loginOf({ query }: UrlParts): AmqpHost['login'] {
  const method = (query.get('login_method') ?? 'PLAIN').toUpperCase();
  if (method === 'EXTERNAL') return 'external';
  if (method === 'PLAIN' || method === 'AMQPLAIN') return 'plain';
  throw new UrlProblem(`has login_method=${method}: wanted PLAIN or EXTERNAL`);
}
