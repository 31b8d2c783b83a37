// Answers /metrics: in the format and the coding that the scraper takes, from a page that all scrapers of one moment
// share.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGzip } from 'node:zlib';
import { CONTENT_TYPES, type ExpositionFormat, negotiate, type Page } from '@celery-watch/metrics';
import { type HttpRefusals, requestDetails } from '@celery-watch/service';
import { PageSharing } from './page-sharing.js';

type Coding = 'gzip' | 'identity';
type Variant = `${ExpositionFormat} ${Coding}`;

/** Two of the largest pages. */
const MAX_BYTES = 32 * 1024 * 1024;
/** A scraper that reads nothing for so long has gone. */
const STALLED_MS = 30_000;

export class MetricsPage {
  readonly #sharing: PageSharing<Variant>;
  readonly #refusals: HttpRefusals;

  constructor(page: Page, refusals: HttpRefusals) {
    this.#refusals = refusals;
    this.#sharing = new PageSharing<Variant>(
      async (variant) => {
        const [format, coding] = variant.split(' ') as [ExpositionFormat, Coding];
        const pieces = await page.render(format);
        return coding === 'gzip' ? compress(pieces) : pieces;
      },
      { maxBytes: MAX_BYTES, ticks: () => performance.now() },
    );
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const format = negotiate(request.headers.accept);
    const coding = acceptsGzip(request.headers['accept-encoding']) ? 'gzip' : 'identity';
    const page = await this.#sharing.get(`${format} ${coding}`);
    if (response.destroyed) return;
    response.writeHead(200, {
      'content-type': CONTENT_TYPES[format],
      vary: 'accept, accept-encoding',
      'content-length': page.bytes,
      ...(coding === 'gzip' && { 'content-encoding': 'gzip' }),
    });
    const cut = (): void => {
      this.#refusals.add('too_slow', 'a scraper did not read its page, and was cut off', requestDetails(request));
      response.destroy();
    };
    const done = this.#sharing.sending(page, { cut });
    response.once('close', done);
    response.setTimeout(STALLED_MS, cut);
    response.cork();
    // The pieces are the same bytes for everybody: a slow reader costs no copy.
    for (const piece of page.pieces) response.write(piece);
    response.end();
    response.uncork();
  }
}

/** On another thread, and at the first level: the scraper is near, and the time is better spent on events. */
export async function compress(
  pieces: readonly Buffer[],
  gzip: Transform = createGzip({ level: constants.Z_BEST_SPEED }),
): Promise<readonly Buffer[]> {
  const packed: Buffer[] = [];
  await pipeline(pieces, gzip, async (source: AsyncIterable<Buffer>) => {
    for await (const piece of source) packed.push(piece);
  });
  return packed;
}

/** Whether the client named gzip (or anything) and did not refuse it with q=0. */
function acceptsGzip(header: string | string[] | undefined): boolean {
  const codings = String(header ?? '')
    .split(',')
    .map((each) =>
      each
        .trim()
        .toLowerCase()
        .split(/\s*;\s*q\s*=\s*/),
    );
  const quality = (name: string): number | undefined => {
    const found = codings.find(([coding]) => coding === name);
    return found === undefined ? undefined : Number(found[1] ?? 1);
  };
  return (quality('gzip') ?? quality('*') ?? 0) > 0;
}
