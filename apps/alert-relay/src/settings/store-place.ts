// Where the relay's store lies: a file of its own, or a database that several relays share.
import type { Secret } from '@celery-watch/service/texts';
import { DEFAULT_SCHEMA, isSchema } from './postgres-url.js';

export type StorePlace =
  /** `path`: a file, or `:memory:`. */
  | { readonly kind: 'sqlite'; readonly path: string }
  /** `url`: `postgres://user:password@host:port/database`, with libpq's parameters. */
  | { readonly kind: 'postgres'; readonly url: Secret };

/** For logs and messages: no password, and nothing that may hold one. */
export function shownPlace(place: StorePlace): string {
  if (place.kind === 'sqlite') return place.path;
  try {
    const { hostname, port, pathname, searchParams } = new URL(place.url.reveal());
    const host = hostname === '' ? (searchParams.get('host') ?? 'localhost') : hostname;
    const schema = searchParams.get('schema') ?? DEFAULT_SCHEMA;
    // Anything else was refused, and may be what is behind a password with a question mark in it.
    const shown = schema === DEFAULT_SCHEMA || !isSchema(schema) ? '' : `?schema=${schema}`;
    return `postgres://${host}${port === '' ? '' : `:${port}`}${pathname}${shown}`;
  } catch {
    return 'postgres://…';
  }
}
