// TLS as Python's programs are told of it (ca_certs, cert_reqs, …), in our own options.
import { accessSync, constants } from 'node:fs';
import type { Problem } from '@celery-watch/service';
import { CERT_REQS_WANTED, readCertReqs } from '../brokers/python-tls.js';
import type { Consequences } from './drop-in.js';
import type { KombuTls } from './kombu-tls.js';
import { readTruth } from './python-words.js';

/**
 * Python's settings of TLS in ours. kombu's transport for Redis also knows them with `ssl_` before them.
 * @param option whose value they are
 */
export function tlsConsequences(
  given: Readonly<Record<string, string>>,
  option: string,
): {
  readonly problems: readonly Problem[];
  readonly consequences: Consequences;
  readonly tls: KombuTls;
} {
  const consequences: Record<string, unknown> = {};
  let tls: KombuTls = {};
  const problems: Problem[] = [];
  const refuse = (wanted: string): void => {
    problems.push({ key: option, where: 'among its names', wanted });
  };
  for (const [name, value] of Object.entries(given)) {
    const key = name.replace(/^ssl_/, '');
    const file = TLS_FILES.get(key);
    if (file !== undefined) {
      if (isReadable(value)) consequences[file] = value;
      else refuse(`a file that can be read as ${key}`);
    } else if (key === 'cert_reqs') {
      const verify = readCertReqs(value);
      if (verify === undefined) refuse(`cert_reqs to be ${CERT_REQS_WANTED}`);
      else consequences['broker_tls_verify'] = verify;
    } else if (key === 'check_hostname') {
      const checksHostname = readTruth(value);
      if (checksHostname === undefined) refuse('check_hostname to be true or false, or 1 or 0');
      else tls = { ...tls, checksHostname };
    } else if (key === 'server_hostname') {
      if (value.trim() === '') refuse('a host name as server_hostname');
      else tls = { ...tls, serverName: value.trim() };
    } else {
      refuse(
        `${[...TLS_FILES.keys()].join(', ')}, cert_reqs, check_hostname and server_hostname only, which are what there is a counterpart for; ` +
          `${/^\w{1,40}$/.test(key) ? key : 'another name'} has none`,
      );
    }
  }
  if ((consequences['broker_tls_cert_file'] === undefined) !== (consequences['broker_tls_key_file'] === undefined))
    refuse('certfile and keyfile, or neither of them');
  return { problems, consequences, tls };
}

const TLS_FILES = new Map([
  ['ca_certs', 'broker_tls_ca_file'],
  ['certfile', 'broker_tls_cert_file'],
  ['keyfile', 'broker_tls_key_file'],
]);

function isReadable(path: string): boolean {
  try {
    accessSync(path, constants.R_OK);
    return true;
  } catch {
    return false;
  }
}
