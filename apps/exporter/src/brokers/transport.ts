// What a transport is: it reads the URLs of its brokers and opens them. One folder for each, one line in the table.
import { redactUrl, shownText } from '@celery-watch/service';
import type { Broker } from './broker.js';
import { unfilled } from './placeholders.js';
import type { BrokerSettings } from './settings.js';
import { UrlProblem } from './url-parts.js';

export interface Transport {
  /** As the landing page and the configuration name it. */
  readonly name: TransportName;
  /** What its URLs begin with, in lower case and without `://`. */
  readonly schemes: readonly string[];
  /** The forms of its URLs, for people. */
  readonly wanted: string;
  /** @param url with one of its schemes. Throws UrlProblem. */
  read(url: string): BrokerPlace;
}

export interface TransportParts<Address> extends Omit<Transport, 'read'> {
  /** Where the URL leads, as kombu reads it. Throws UrlProblem. */
  readAddress(url: string): Address;
  /** What the settings lack or have too much of for this address. */
  misfits(address: Address, settings: SettingsToFit): readonly Misfit[];
  /**
   * Where events come from: a text for each way to reach it. Two brokers that share one hear the same events, whatever
   * their URLs look like.
   */
  sources(address: Address, settings: SourceSettings): readonly string[];
  /** Opens nothing yet on the wire: that is `run`'s. */
  open(address: Address, settings: BrokerSettings): Broker;
}

export type TransportName = 'redis' | 'amqp';

/** The settings that may not go together with an address. */
export type SettingsToFit = Pick<BrokerSettings, 'transportOptions' | 'managementUrl' | 'eventQueueKeep' | 'instance'>;

/** The settings that decide which events are heard. */
export type SourceSettings = Pick<BrokerSettings, 'transportOptions' | 'exchanges'>;

/** A setting that does not go together with the broker's URL. */
export interface Misfit {
  /** Of the option. */
  readonly key: string;
  readonly where: string;
  readonly wanted: string;
}

/** A broker's URL, understood. It holds its secrets where nothing prints them. */
export interface BrokerPlace {
  readonly transport: TransportName;
  /** As the transport understood it, with its secrets: for its own tests. */
  readonly address: unknown;
  /** Without its secrets, for people. */
  readonly shownUrl: string;
  misfits(settings: SettingsToFit): readonly Misfit[];
  /** Two brokers that share one of these hear the same events. */
  sources(settings: SourceSettings): readonly string[];
  /** Opens nothing yet on the wire: that is `run`'s. Throws TypeError for settings that do not fit. */
  open(settings: BrokerSettings): Broker;
}

/** A sentence that names the value, with its secret redacted, and what was wanted. */
export interface BrokerUrlProblem {
  readonly problem: string;
}

/** Reads a broker's URL by that of the transports to which its scheme belongs. Pure. */
export function readUrl(transports: readonly Transport[], given: string): BrokerPlace | BrokerUrlProblem {
  const url = given.trim();
  const wanted = `wanted ${transports.map((each) => each.wanted).join(', or ')}`;
  let isOurs = false;
  try {
    const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(url)?.[1]?.toLowerCase();
    if (scheme === undefined) throw new UrlProblem(`has no scheme: ${wanted}`);
    const transport = transports.find(({ schemes }) => schemes.includes(scheme));
    if (transport === undefined)
      throw new UrlProblem(`uses the transport ${scheme}, which is not supported: ${wanted}`);
    isOurs = true;
    const placeholder = unfilled(url);
    if (placeholder !== undefined) throw new UrlProblem(placeholder);
    return transport.read(url);
  } catch (error) {
    if (!(error instanceof UrlProblem)) throw error;
    // The path of an address that is no broker's, such as a webhook's, may be its secret.
    const shown = isOurs ? shownUrl(url) : shownText(shownUrl(url));
    return { problem: `the broker URL ${shown} ${error.message}` };
  }
}

export function transport<Address>(parts: TransportParts<Address>): Transport {
  const { name, schemes, wanted } = parts;
  return { name, schemes, wanted, read: (url) => placeOf(parts, url) };
}

function placeOf<Address>(parts: TransportParts<Address>, url: string): BrokerPlace {
  const address = parts.readAddress(url);
  const misfits = (settings: SettingsToFit): readonly Misfit[] => parts.misfits(address, settings);
  const place = {
    transport: parts.name,
    shownUrl: redactUrl(url),
    misfits,
    sources: (settings: SourceSettings): readonly string[] =>
      parts.sources(address, settings).map((source) => `${parts.name} ${source}`),
    open: (settings: BrokerSettings): Broker => {
      const [misfit] = misfits(settings);
      if (misfit !== undefined) throw new TypeError(`${misfit.key} ${misfit.where}: wanted ${misfit.wanted}`);
      return parts.open(address, settings);
    },
  };
  // Whoever logs a place does not log its passwords.
  return Object.defineProperty(place, 'address', { value: address, enumerable: false }) as BrokerPlace;
}

/**
 * The URL without its secret. A user's name is hidden too: a password without its colon stands in the same place.
 * Without a scheme nobody can tell what is the password: only what looks like a host and its port is shown.
 */
function shownUrl(url: string): string {
  if (!url.includes('://')) return /^(?:[\w.-]+:\d+(?:\/\d*)?)?$/.test(url) ? url : '[redacted]';
  return redactUrl(url).replace(/:\/\/[^/?#;]*@/g, '://[redacted]@');
}

/** A host and its port as they are compared: this machine has several names. */
export function sameHost(host: string, port: number): string {
  const name = host.toLowerCase().replace(/\.$/, '');
  return `${name === 'localhost' || name === '::1' ? '127.0.0.1' : name} ${String(port)}`;
}
