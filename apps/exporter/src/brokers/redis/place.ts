// A server as reasons and log lines name it.

export interface Place {
  /** As people write it: `host:port`, or the path of a socket. */
  readonly where: string;
  readonly tls: boolean;
  /** Texts that must not show, whatever a server echoes. */
  readonly secrets: readonly string[];
}

export function hostAndPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${String(port)}` : `${host}:${String(port)}`;
}
