// Whether a browser sent a request because the page of another site made it: where there is no login, such a page could
// do what only people of the network may.
import type { IncomingHttpHeaders } from 'node:http';
import { isLoopback } from './door/door-plan.js';

/**
 * A browser says so of each post in `Sec-Fetch-Site`, an older one in `Origin`; programs such as AlertManager or curl
 * send neither.
 */
export function isFromAnotherSite({ 'sec-fetch-site': site, origin, host }: IncomingHttpHeaders): boolean {
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  return origin !== undefined && origin.replace(/^https?:\/\//i, '').toLowerCase() !== host?.toLowerCase();
}

/**
 * Whether somebody came by a name that is not this machine's own. Where a program listens for this machine alone, such
 * a name was made to lead here: by the owner of a page (DNS rebinding), or by a proxy that lets others in.
 */
export function isByForeignName({ host }: IncomingHttpHeaders): boolean {
  if (host === undefined) return false;
  const name = URL.parse(`http://${host}`)?.hostname.replace(/^\[|\]$/g, '');
  return !isLoopback(name);
}

/** Whether a browser sent it, of whatever page. */
export function isFromBrowser({ 'sec-fetch-site': site, origin }: IncomingHttpHeaders): boolean {
  return site !== undefined || origin !== undefined;
}

/**
 * What a page may have sent to another site without a question is never said to be JSON. `orNothing`: or says nothing.
 */
export function isJson(contentType: string | undefined, orNothing: boolean): boolean {
  if (contentType === undefined) return orNothing;
  return /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(contentType.trim());
}
