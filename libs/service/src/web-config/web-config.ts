// What Prometheus's web configuration file says, once it is read: plain data, so that it can be handed to a thread.
import type { ClientAuthType, TlsVersion } from './go-tls-names.js';

export interface WebConfig {
  /** Undefined: plain HTTP. */
  readonly tls: TlsPlan | undefined;
  /** Who may log in by basic auth; empty: nobody is asked. */
  readonly users: readonly WebUser[];
  /** Stand in every answer. */
  readonly headers: Readonly<Record<string, string>>;
  readonly rateLimit: RateLimit | undefined;
}

export interface WebUser {
  readonly name: string;
  /** Of bcrypt. */
  readonly hash: string;
}

export interface RateLimit {
  /** Milliseconds in which one more request may come. */
  readonly intervalMs: number;
  /** So many may come at once. */
  readonly burst: number;
}

export interface TlsPlan {
  /** PEM, the server's own certificate first. */
  readonly cert: string;
  readonly key: string;
  readonly clientAuth: ClientAuthType;
  /** PEM; undefined where no certificate is verified. */
  readonly clientCa: string | undefined;
  /** One of these names must stand in the certificate of a client; undefined: any will do. */
  readonly allowedSans: readonly string[] | undefined;
  readonly minVersion: TlsVersion;
  readonly maxVersion: TlsVersion;
  readonly ciphers: string | undefined;
  readonly curves: string | undefined;
  readonly serverChoosesCipher: boolean;
}

/** Where there is no such file: plain HTTP, and everybody may come in. */
export const NO_WEB_CONFIG: WebConfig = Object.freeze({ tls: undefined, users: [], headers: {}, rateLimit: undefined });
