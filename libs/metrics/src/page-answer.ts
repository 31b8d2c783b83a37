// Answers a scrape: in the format and the coding that the scraper takes, from a page that all scrapers of one moment
// share. It is kept compressed, which takes a twentieth; who wants it plain has it unpacked on the way.
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { constants, createGunzip, createGzip } from 'node:zlib';
import { CONTENT_TYPES, type ExpositionFormat, negotiate } from './exposition-format.js';
import { PageSharing, type SharedPage } from './page-sharing.js';
import { Slots } from './slots.js';

export interface AnswerParts {
  /** The page as of now, piece by piece. */
  readonly pieces: (format: ExpositionFormat, request: IncomingMessage) => AsyncIterable<Buffer>;
  /**
   * Told of a scraper that was cut off, since too much was on its way to slow ones. How long one may take is the
   * server's to say. Must not throw.
   */
  readonly onCut: (request: IncomingMessage) => void;
  /** Told of one that was sent away, since too many read at once. Must not throw. */
  readonly onFull: (request: IncomingMessage) => void;
  readonly headers?: Readonly<Record<string, string>>;
  readonly limits?: Partial<AnswerLimits>;
}

export interface AnswerLimits {
  /** Bytes of different pages that may be on their way at once. */
  readonly bytes: number;
  /** Pages that are unpacked at once: each takes some 200 kB, however long it is. */
  readonly unpacked: number;
  /** Milliseconds that one waits to have its page unpacked. */
  readonly patienceMs: number;
}

const LIMITS: AnswerLimits = { bytes: 16 * 1024 * 1024, unpacked: 32, patienceMs: 5_000 };
/** For the end of one answer, at once. */
const LISTENERS = 20;
/** Bytes that are compressed at once: each time takes a turn of the event loop, however little it is. */
const GATHER = 64 * 1024;
/** Seconds. */
const RETRY_AFTER = '5';

interface PackedPage extends SharedPage {
  /** Bytes once it is unpacked. */
  readonly plainBytes: number;
}

export class PageAnswer {
  readonly #parts: AnswerParts;
  readonly #sharing: PageSharing<ExpositionFormat, PackedPage, IncomingMessage>;
  readonly #slots: Slots;

  constructor(parts: AnswerParts) {
    const { bytes, unpacked, patienceMs } = { ...LIMITS, ...parts.limits };
    this.#parts = parts;
    this.#slots = new Slots(unpacked, patienceMs);
    this.#sharing = new PageSharing((format, request) => pack(parts.pieces(format, request)), {
      maxBytes: bytes,
      ticks: () => performance.now(),
    });
  }

  /** Rejects where the page cannot be made. */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const format = negotiate(request.headers.accept);
    const isPacked = acceptsGzip(request.headers['accept-encoding']);
    const page = await this.#sharing.get(format, request);
    if (response.destroyed) return;
    const headers = {
      ...this.#parts.headers,
      'content-type': CONTENT_TYPES[format],
      vary: 'accept, accept-encoding',
      'content-length': isPacked ? page.bytes : page.plainBytes,
      ...(isPacked && { 'content-encoding': 'gzip' }),
    };
    if (request.method === 'HEAD') return void response.writeHead(200, headers).end();
    const cut = (): void => {
      this.#parts.onCut(request);
      response.destroy();
    };
    response.once('close', this.#sharing.sending(page, { cut }));
    if (isPacked) sendPacked(page, response.writeHead(200, headers));
    else await this.#sendPlain(page, request, response, headers);
  }

  async #sendPlain(
    { pieces }: PackedPage,
    request: IncomingMessage,
    response: ServerResponse,
    headers: Readonly<Record<string, string | number>>,
  ): Promise<void> {
    if (!(await this.#slots.take())) {
      if (response.destroyed) return;
      this.#parts.onFull(request);
      response
        .writeHead(503, { 'content-type': 'text/plain; charset=utf-8', 'retry-after': RETRY_AFTER })
        .end('Too many read this page at once: take it with gzip, or come back in a moment\n');
      return;
    }
    try {
      if (response.destroyed) return;
      response.writeHead(200, headers);
      // Those of the pipeline beside those of the server: none of them stays.
      response.setMaxListeners(LISTENERS);
      await pipeline(pieces, createGunzip(), response);
    } catch (error) {
      // A reader that has gone is no fault of the page's.
      if (!response.destroyed) throw error;
    } finally {
      this.#slots.give();
    }
  }
}

function sendPacked({ pieces }: PackedPage, response: ServerResponse): void {
  response.cork();
  // The pieces are the same bytes for everybody: a slow reader costs no copy.
  for (const piece of pieces) response.write(piece);
  response.end();
  response.uncork();
}

/** On another thread, and at the first level: the scraper is near, and the time is better spent on events. */
export async function pack(
  pieces: AsyncIterable<Buffer> | Iterable<Buffer>,
  gzip: Transform = createGzip({ level: constants.Z_BEST_SPEED }),
): Promise<PackedPage> {
  const packed: Buffer[] = [];
  let [bytes, plainBytes] = [0, 0];
  await pipeline(
    async function* () {
      let [gathered, length]: [Buffer[], number] = [[], 0];
      for await (const piece of pieces) {
        plainBytes += piece.length;
        length += piece.length;
        gathered.push(piece);
        if (length < GATHER) continue;
        yield Buffer.concat(gathered, length);
        [gathered, length] = [[], 0];
      }
      yield Buffer.concat(gathered, length);
    },
    gzip,
    async (source: AsyncIterable<Buffer>) => {
      for await (const piece of source) {
        packed.push(piece);
        bytes += piece.length;
      }
    },
  );
  return { pieces: packed, bytes, plainBytes };
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
