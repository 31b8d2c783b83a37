// Whether a browser sent a request because the page of another site made it: where there is no login, such a page could
// do what only people of the network may.
import type { IncomingHttpHeaders } from 'node:http';

/**
 * A browser says so of each post in `Sec-Fetch-Site`, an older one in `Origin`; programs such as AlertManager or curl
 * send neither.
 */
export function isFromAnotherSite({ 'sec-fetch-site': site, origin, host }: IncomingHttpHeaders): boolean {
  if (site !== undefined) return site !== 'same-origin' && site !== 'none';
  return origin !== undefined && origin.replace(/^https?:\/\//i, '').toLowerCase() !== host?.toLowerCase();
}

/**
 * What a page may have sent to another site without a question is never said to be JSON. `orNothing`: or says nothing.
 */
export function isJson(contentType: string | undefined, orNothing: boolean): boolean {
  if (contentType === undefined) return orNothing;
  return /^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(contentType.trim());
}
