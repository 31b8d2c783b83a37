// The options of OvalMoney's celery-exporter: more names for ours where ours mean the same, and those that only it has.
import { type Amendment, custom, oneOf, option, prose, text } from '@celery-watch/service';
import { readMaxTasks, readTruth, truth } from '../python-words.js';

/** `host:port`, as it takes it. */
export interface Address {
  readonly host: string;
  readonly port: number;
}

export const ovalmoneyAmendments: Readonly<Record<string, Partial<Amendment>>> = {
  // Its variables begin as ours do, and all but this one have the names that ours would have.
  broker_url: { moreEnv: ['CELERY_EXPORTER_BROKER_URL'], default: 'redis://redis:6379/0', aliases: [{ flag: '-b' }] },
  broker_transport_options: { aliases: [{ flag: '--transport-options' }] },
  port: { default: 9540 },
  // It leaves workers alone unless it is told to switch their events on.
  enable_events: { default: false, fromText: readTruth },
  max_tasks: { aliases: [{ flag: '-m' }], fromText: readMaxTasks },
};

export const ovalmoneyOptions = {
  listen_address: option(custom(readAddress, { wanted: 'an address and a port', placeholder: 'HOST:PORT' }), {
    default: undefined,
    aliases: [{ flag: '-l' }],
    help: 'Address and port to listen on; counts before host and port.',
  }),
  namespace: option(text(), {
    default: 'celery',
    aliases: [{ flag: '-n' }],
    help: 'Value of the label namespace of its metrics.',
  }),
  use_ssl: truth({ default: false, help: 'The broker is reached over TLS, whatever its URL says.' }),
  ssl_verify: option(oneOf(['CERT_NONE', 'CERT_OPTIONAL', 'CERT_REQUIRED']), {
    default: 'CERT_REQUIRED',
    help: "With use_ssl: whether the broker's certificate is checked. The same as our broker_tls_verify.",
  }),
  ssl_ca_certs: option(text(), { default: undefined, help: 'With use_ssl: the same as our broker_tls_ca_file.' }),
  ssl_certfile: option(text(), { default: undefined, help: 'With use_ssl: the same as our broker_tls_cert_file.' }),
  ssl_keyfile: option(text(), { default: undefined, help: 'With use_ssl: the same as our broker_tls_key_file.' }),
  tz: option(text(), {
    default: undefined,
    help: prose`
      Has no effect: timestamps in events are read as what they are, whatever the time zone of the workers.`,
  }),
  verbose: truth({ default: false, help: 'The same as our log_level debug.' }),
};

function readAddress(raw: unknown): Address {
  const found = /^(?<host>\[[0-9a-fA-F:.]+\]|[^\s:[\]]*):(?<port>\d{1,5})$/.exec(
    typeof raw === 'string' ? raw.trim() : '',
  );
  const { host = '', port = '' } = found?.groups ?? {};
  if (found === null || Number(port) > 65_535) throw new Error('an address and a port, such as 0.0.0.0:9540');
  return { host: host.replace(/^\[|\]$/g, ''), port: Number(port) };
}
