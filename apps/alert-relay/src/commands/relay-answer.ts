// What a running relay's refusal means for somebody at a terminal: the relay's own words are meant for AlertManager.
import { readRecord } from '@celery-watch/service';
import { StrangeCertificate } from './own-relay.js';

/** Whom a command asked, and with which file. */
export interface Asked {
  readonly url: string;
  /** The configuration that the command read. */
  readonly config: string;
  /** Whether that file has a login for commands. */
  readonly hasAuth?: boolean;
}

/** How long a command waits for an answer, from the first byte to the last. Milliseconds. */
export const PATIENCE_MS = 30_000;

/** A sentence for an answer that is no success. */
export function refusalOf({ url, config, hasAuth = true }: Asked, status: number, body: string): string {
  const said = errorIn(body);
  if (!hasAuth && (status === 401 || status === 403))
    return (
      `the relay at ${url} answers commands only with a login, and ${config} has none: give it ` +
      'auth: {bearer_token_file: …}, let the relay read it (SIGHUP, or a restart), and let AlertManager send it. ' +
      'Passwords of web_config_file are no use here: only their hashes are known'
    );
  if (status === 401 || status === 403)
    return (
      `the relay at ${url} does not accept the auth of ${config}: it was started with another file or an older one. ` +
      'Name its file with --config, or let it read this one (SIGHUP, or a restart)'
    );
  if (status === 503 && said !== undefined)
    return `the relay at ${url} runs, but its store is away: ${said}. Try again when it is back`;
  if (said === undefined)
    return (
      `what answers at ${url} is not this relay (HTTP ${status}): is the port in listen of ${config} taken by another ` +
      'program, or is this the configuration of another relay?'
    );
  return `the relay at ${url} answered ${status}: ${said}`;
}

/** A sentence for a request that got no answer; nothing of the cause, which may repeat the token. */
export function silenceOf({ url, config }: Asked, cause: unknown): string {
  if (String((cause as Error | undefined)?.message).includes('header'))
    return `the token or password in ${config} cannot be sent: a header of HTTP holds one line of Latin-1 signs`;
  if ((cause as Error | undefined)?.name === 'TimeoutError')
    return `the relay at ${url} did not answer within ${PATIENCE_MS / 1_000} s: it hangs or is very busy; look into its log`;
  if (cause instanceof StrangeCertificate)
    return `what answers at ${url} shows another certificate than that of web_config_file: nothing was asked of it`;
  const { code } = ((cause as Error | undefined)?.cause ?? cause ?? {}) as { readonly code?: string };
  return `the relay at ${url} did not answer${code === undefined ? '' : ` (${code})`}: try again, or look into its log`;
}

/** The relay's own answers are JSON with `error`; undefined for anything else. */
function errorIn(body: string): string | undefined {
  const { error } = readRecord(body);
  return typeof error === 'string' ? error : undefined;
}
