// What a new web configuration would open that the one in force keeps shut. A file that is cut off at the end of a
// line, or emptied by a full disk, is a good file with fewer locks: nobody may take such a one for what is meant.
import type { ClientAuthType } from './go-tls-names.js';
import type { TlsPlan, WebConfig } from './web-config.js';

/** How much a client must show: the more, the fewer come in. */
const STRICTNESS: Readonly<Record<ClientAuthType, number>> = {
  NoClientCert: 0,
  RequestClientCert: 0,
  VerifyClientCertIfGiven: 1,
  RequireAnyClientCert: 2,
  RequireAndVerifyClientCert: 3,
};

/** The keys of the locks that `after` lacks; empty: it opens nothing. */
export function locksTakenAway(before: WebConfig, after: WebConfig): readonly string[] {
  const [old, next] = [before.tls, after.tls];
  const isLaxer = old !== undefined && next !== undefined && STRICTNESS[next.clientAuth] < STRICTNESS[old.clientAuth];
  const namesAny = (old?.allowedSans?.length ?? 0) > 0 && next !== undefined && (next.allowedSans?.length ?? 0) === 0;
  return [
    ...(old !== undefined && next === undefined ? ['tls_server_config'] : []),
    ...(isLaxer ? ['client_auth_type'] : []),
    ...(namesAny ? ['client_allowed_sans'] : []),
    ...(before.users.length > 0 && after.users.length === 0 ? ['basic_auth_users'] : []),
  ];
}

/** Who may connect under this plan, as a text: equal where nothing but the server's own certificate has changed. */
export function rulesOf(plan: TlsPlan | undefined): string {
  if (plan === undefined) return '';
  const { clientAuth, clientCa, allowedSans } = plan;
  return JSON.stringify([clientAuth, clientCa ?? '', allowedSans ?? []]);
}
