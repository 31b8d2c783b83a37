// TLS as kombu has it where nothing says more: a program that takes the place of one of Python's gets into the brokers
// that this one got into, and says what is not checked.
import { overTls } from '../brokers/python-tls.js';

/** What a drop-in's options say of TLS. */
export interface KombuTls {
  /** Whether brokers are spoken to over TLS, whatever their URLs say. */
  readonly isOverTls?: boolean;
  /** Whether the host name in the certificate is checked; undefined: where kombu does. */
  readonly checksHostname?: boolean | undefined;
  /** The host name that certificates must have, in place of that of the URL. */
  readonly serverName?: string | undefined;
}

/** The URL with what kombu takes for granted written out, and sentences about what that leaves unchecked. */
export interface AsKombu {
  readonly url: string;
  readonly notices: readonly string[];
}

const CERTIFICATE =
  "the broker's certificate is not checked, as kombu has it for rediss:// without parameters: anybody on the way can " +
  'read and change everything; to have it checked, put ?ssl_cert_reqs=required behind the URL, with ' +
  '&ssl_ca_certs=FILE for an authority of your own';
const HOST_NAME =
  "the host name in the broker's certificate is not checked, as kombu has it for AMQP over TLS; to have it checked, " +
  'put ?ssl_check_hostname=true behind the URL';

/**
 * docs/protocol/redis.md#tls, docs/protocol/rabbitmq.md#tls
 * @param isOurs whether our own options of TLS are set: then TLS is as strict as it is with them
 */
export function asKombu(given: string, tls: KombuTls, isOurs: boolean): AsKombu {
  const url = tls.isOverTls === true ? overTls(given) : given;
  if (isOurs) return { url, notices: [] };
  const notices: string[] = [];
  const servers = url.split(';').map((server) => {
    const [, scheme = ''] = /^\s*([a-z]+):\/\//i.exec(server) ?? [];
    const isRedis = /^rediss$/i.test(scheme);
    const isAmqp = /^amqps$/i.test(scheme);
    // With parameters of its own the URL says what is checked.
    const isBare = !/[?&]ssl_/i.test(server);
    if (isRedis && isBare && tls.isOverTls !== true) {
      notices.push(CERTIFICATE);
      return withParameter(server, 'ssl_cert_reqs=none');
    }
    if (!isRedis && !isAmqp && isBare) return server;
    const checks = tls.checksHostname ?? !(isAmqp && isBare && tls.serverName === undefined);
    if (checks || /[?&]ssl_check_hostname=/i.test(server)) return server;
    if (tls.checksHostname === undefined) notices.push(HOST_NAME);
    return withParameter(server, 'ssl_check_hostname=false');
  });
  return { url: servers.join(';'), notices };
}

function withParameter(url: string, parameter: string): string {
  return `${url.trimEnd()}${url.includes('?') ? '&' : '?'}${parameter}`;
}
