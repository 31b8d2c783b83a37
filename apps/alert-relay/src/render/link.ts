// Addresses: which become links, how each markup writes one, and where AlertManager's own pages are.
import type { Markup } from '../channels/channel.js';
import { escapeFor } from './escape.js';

/** Longer ones are cut by some clients on the way, and a link that is cut leads nowhere. */
const LONGEST = 4_000;

/**
 * An address that may become a link, safe within the signs of every markup: only http and https, no name and password
 * in it, everything that could end a link percent-encoded. Undefined for anything else.
 */
export function safeUrl(text: string | undefined): string | undefined {
  const trimmed = text?.trim() ?? '';
  if (trimmed.length > LONGEST || !/^https?:\/\//i.test(trimmed)) return undefined;
  const url = URL.parse(trimmed.toWellFormed());
  if (url === null || !['http:', 'https:'].includes(url.protocol)) return undefined;
  // The host was checked by the parser, and an IPv6 address needs its brackets.
  const address =
    url.origin + `${url.pathname}${url.search}${url.hash}`.replace(/[^\w\-.~:/?#@!$&+,;=%]/gu, (sign) => percent(sign));
  return address.length <= LONGEST ? address : undefined;
}

function percent(sign: string): string {
  return Array.from(
    new TextEncoder().encode(sign),
    (byte) => `%${byte.toString(16).toUpperCase().padStart(2, '0')}`,
  ).join('');
}

/** A link in a markup, or nothing where the address may not become one. `style` is for HTML. */
export function link(markup: Markup, address: string | undefined, text: string, style = ''): string {
  const url = safeUrl(address);
  if (url === undefined) return '';
  const label = escapeFor(markup, text);
  switch (markup) {
    case 'html':
      return `<a href="${escapeFor('html', url)}"${style === '' ? '' : ` style="${escapeFor('html', style)}"`}>${label}</a>`;
    case 'slack':
      return `<${url.replaceAll('&', '&amp;')}|${label}>`;
    case 'dingtalk':
    case 'wecom':
    case 'feishu':
      return `[${label}](${url})`;
    case 'plain':
      return `${label}: ${url}`;
  }
}

type Labels = Readonly<Record<string, string>>;

/** AlertManager's form for a new silence, filled in for these labels; undefined where its address is not known. */
export function silenceUrl(externalURL: string, labels: Labels): string | undefined {
  return page(externalURL, 'silences/new', labels);
}

/** AlertManager's list of the alerts with these labels. */
export function alertsUrl(externalURL: string, labels: Labels): string | undefined {
  return page(externalURL, 'alerts', labels);
}

/**
 * AlertManager's pages read `filter={name="value", …}`, values as JSON texts, percent-encoded behind the `#`
 * (docs/protocol/alertmanager.md#pages).
 */
function page(externalURL: string, name: string, labels: Labels): string | undefined {
  const base = safeUrl(externalURL)
    ?.replace(/[?#].*$/, '')
    .replace(/(?<!\/)\/+$/, '');
  if (base === undefined) return undefined;
  // Other names make older pages refuse the whole filter.
  const matchers = Object.entries(labels)
    .filter(([label]) => /^[A-Za-z_]\w*$/.test(label))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  if (matchers.length === 0) return safeUrl(`${base}/#/${name}`);
  const filter = `{${matchers.map(([label, value]) => `${label}=${JSON.stringify(value.toWellFormed())}`).join(', ')}}`;
  return safeUrl(`${base}/#/${name}?filter=${encodeURIComponent(filter)}`);
}
