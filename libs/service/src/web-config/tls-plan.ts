// What `tls_server_config` asks for, with the certificates and the key that it names, or why that cannot be.
import path from 'node:path';
import { readFailure } from '../options/config-file.js';
import type { KeyPath } from '../options/yaml-file.js';
import type { TlsShape } from './file-shape.js';
import { type ClientAuthType, OLD_REQUIRE_ANY, opensslCiphers, opensslCurves, TLS_VERSIONS } from './go-tls-names.js';
import { certificateProblem, contextProblem, keyProblem } from './tls-material.js';
import type { TlsPlan } from './web-config.js';

export type Report = (at: KeyPath, wanted: string, fix?: string) => void;

export interface TlsPlanSources {
  /** Where relative paths begin. */
  readonly folder: string;
  readonly read: (file: string) => string;
  readonly report: Report;
  /** Told of a file that nobody else should read. */
  readonly secretFile: (file: string) => void;
}

type Part = 'cert' | 'key' | 'client_ca';
const SECTION = 'tls_server_config';

/** Undefined where nothing is asked for, and where something is wrong: then that was reported. */
export function tlsPlan(
  given: Partial<TlsShape>,
  { folder, read, report, secretFile }: TlsPlanSources,
): TlsPlan | undefined {
  const asked = Object.entries(given).filter(([, value]) => value !== undefined && value !== null && value !== '');
  if (asked.length === 0) return undefined;
  let faults = 0;
  const wrong: Report = (at, wanted, fix) => {
    faults++;
    report(at, wanted, fix);
  };
  const clientAuth = clientAuthOf(given);
  const isVerifying = clientAuth === 'VerifyClientCertIfGiven' || clientAuth === 'RequireAndVerifyClientCert';
  const cert = material('cert', true);
  const key = material('key', true);
  const clientCa = material('client_ca', false);
  if (cert !== undefined) check('cert', certificateProblem(cert));
  if (faults === 0 && cert !== undefined && key !== undefined) check('key', keyProblem(key, cert));
  if (clientCa !== undefined) check('client_ca', certificateProblem(clientCa));
  if (clientAuth === 'NoClientCert' && has('client_ca'))
    wrong(
      [SECTION, 'client_auth_type'],
      'a way to ask for client certificates, since client_ca_file is set',
      'write client_auth_type: RequireAndVerifyClientCert',
    );
  const minVersion = TLS_VERSIONS[given.min_version ?? 'TLS12'];
  const maxVersion = TLS_VERSIONS[given.max_version ?? 'TLS13'];
  if (minVersion > maxVersion) wrong([SECTION, 'max_version'], 'a version that is not older than min_version');
  if (faults > 0 || cert === undefined || key === undefined) return undefined;
  const plan: TlsPlan = {
    cert,
    key,
    clientAuth,
    clientCa: isVerifying ? clientCa : undefined,
    allowedSans: given.client_allowed_sans ?? undefined,
    minVersion,
    maxVersion,
    ciphers: opensslCiphers(given.cipher_suites ?? [], minVersion),
    curves: opensslCurves(given.curve_preferences ?? []),
    serverChoosesCipher: given.prefer_server_cipher_suites ?? true,
  };
  const against = contextProblem(plan);
  if (against === undefined) return plan;
  wrong([SECTION], against);
  return undefined;

  function has(part: Part): boolean {
    return given[part] !== undefined || given[`${part}_file`] !== undefined;
  }

  /** From the file that is named, or as it stands there. */
  function material(part: Part, isNeeded: boolean): string | undefined {
    const [name, inline] = [given[`${part}_file`], given[part]];
    if (name !== undefined && inline !== undefined) {
      wrong([SECTION, part], `only one of ${part} and ${part}_file`, 'remove one');
      return undefined;
    }
    if (name === undefined) {
      if (inline === undefined && isNeeded)
        wrong([SECTION, `${part}_file`], `the path of a file in PEM, or the text itself as ${part}`);
      return inline;
    }
    const file = path.resolve(folder, name);
    if (part === 'key') secretFile(file);
    try {
      return read(file);
    } catch (error) {
      wrong([SECTION, `${part}_file`], `a file that can be read: ${readFailure(error)}`);
      return undefined;
    }
  }

  function check(part: Part, problem: string | undefined): void {
    if (problem !== undefined) wrong([SECTION, given[part] === undefined ? `${part}_file` : part], problem);
  }
}

function clientAuthOf({ client_auth_type: given }: Partial<TlsShape>): ClientAuthType {
  if (given === OLD_REQUIRE_ANY) return 'RequireAnyClientCert';
  return given === undefined || given === null || given === '' ? 'NoClientCert' : given;
}
