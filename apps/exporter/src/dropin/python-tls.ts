// TLS as Python's programs are told of it (ca_certs, cert_reqs, …), in our own options.
import { accessSync, constants } from 'node:fs';
import type { Problem } from '@celery-watch/service';
import type { Consequences } from './drop-in.js';

/** The same broker over TLS: Python's settings switch it on by being there, whatever the URL says. */
export function overTls(url: string): string {
  return url.replace(
    /(^|;)(redis|amqp|pyamqp):\/\//g,
    (_whole, start: string, scheme: string) => `${start}${scheme === 'redis' ? 'rediss' : 'amqps'}://`,
  );
}

/**
 * Python's settings of TLS in ours. kombu's transport for Redis also knows them with `ssl_` before them.
 * @param option whose value they are
 */
export function tlsOf(
  given: Readonly<Record<string, string>>,
  option: string,
): {
  readonly problems: readonly Problem[];
  readonly consequences: Consequences;
} {
  const consequences: Record<string, unknown> = {};
  const problems: Problem[] = [];
  const refuse = (wanted: string): void => {
    problems.push({ key: option, where: 'among its names', wanted });
  };
  for (const [name, value] of Object.entries(given)) {
    const key = name.replace(/^ssl_/, '');
    const file = TLS_FILES[key];
    if (file !== undefined) {
      if (isReadable(value)) consequences[file] = value;
      else refuse(`a file that can be read as ${key}`);
    } else if (key === 'cert_reqs') {
      const verify = CERT_REQS[value.toLowerCase().replace('ssl.', '')];
      if (verify === undefined) refuse('cert_reqs to be 0, 1 or 2, or CERT_NONE, CERT_OPTIONAL or CERT_REQUIRED');
      else consequences['broker_tls_verify'] = verify;
    } else {
      refuse(
        `${Object.keys(TLS_FILES).join(', ')} and cert_reqs only, which are what there is a counterpart for; ` +
          `${/^\w{1,40}$/.test(key) ? key : 'another name'} has none`,
      );
    }
  }
  if ((consequences['broker_tls_cert_file'] === undefined) !== (consequences['broker_tls_key_file'] === undefined))
    refuse('certfile and keyfile, or neither of them');
  return { problems, consequences };
}

const TLS_FILES: Readonly<Record<string, string>> = {
  ca_certs: 'broker_tls_ca_file',
  certfile: 'broker_tls_cert_file',
  keyfile: 'broker_tls_key_file',
};
const CERT_REQS: Readonly<Record<string, boolean>> = {
  0: false,
  none: false,
  cert_none: false,
  1: true,
  optional: true,
  cert_optional: true,
  2: true,
  required: true,
  cert_required: true,
};

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
