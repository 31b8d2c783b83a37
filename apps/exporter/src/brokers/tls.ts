// TLS to a broker: what the URL and the settings ask for, made anew for each attempt, since files may have changed.
import { readFile } from 'node:fs/promises';
import type { ConnectionOptions } from 'node:tls';
import { Fault } from './fault.js';
import type { TlsSettings } from './settings.js';

/** TLS as the URL's `ssl_…` parameters ask for it; what they leave open is undefined. */
export interface UrlTls {
  readonly verify: boolean | undefined;
  readonly checkHostname: boolean | undefined;
  readonly caFile: string | undefined;
  readonly certFile: string | undefined;
  readonly keyFile: string | undefined;
}

/** Undefined where nothing asks for TLS. Rejects with a Fault that names the file that cannot be read. */
export async function tlsOptions(
  url: UrlTls | undefined,
  settings: TlsSettings,
): Promise<ConnectionOptions | undefined> {
  const caFile = settings.caFile ?? url?.caFile;
  const certFile = settings.certFile ?? url?.certFile;
  const keyFile = settings.keyFile ?? url?.keyFile;
  if (url === undefined && caFile === undefined && certFile === undefined && keyFile === undefined) return undefined;
  const [ca, cert, key] = await Promise.all([read('CA', caFile), read('certificate', certFile), read('key', keyFile)]);
  return {
    ...(ca && { ca }),
    ...(cert && { cert }),
    ...(key && { key }),
    ...(settings.serverName !== undefined && { servername: settings.serverName }),
    rejectUnauthorized: settings.verify && url?.verify !== false,
    ...(url?.checkHostname === false && { checkServerIdentity: () => undefined }),
  };
}

async function read(what: string, path: string | undefined): Promise<Buffer | undefined> {
  if (path === undefined) return undefined;
  try {
    return await readFile(path);
  } catch (error) {
    throw new Fault(
      `TLS: the ${what} file ${path} cannot be read: ${(error as NodeJS.ErrnoException).code ?? 'error'}`,
    );
  }
}
