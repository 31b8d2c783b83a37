// One scrape as Prometheus makes it, over a connection that is kept, with the time until its last byte.
import { Agent, request } from 'node:http';
import { gunzipSync } from 'node:zlib';

export interface TimedScrape {
  readonly milliseconds: number;
  /** As sent over the wire. */
  readonly bytes: number;
  readonly text: string;
}

export class Scraper {
  readonly #agent = new Agent({ keepAlive: true, maxSockets: 1 });
  readonly #url: string;
  readonly #encoding: 'identity' | 'gzip';

  constructor(url: string, encoding: 'identity' | 'gzip') {
    this.#url = url;
    this.#encoding = encoding;
  }

  scrape(): Promise<TimedScrape> {
    const begin = performance.now();
    return new Promise((resolve, reject) => {
      const headers = { accept: 'text/plain;version=0.0.4', 'accept-encoding': this.#encoding };
      const asked = request(this.#url, { agent: this.#agent, headers }, (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => {
          chunks.push(chunk);
        });
        response.on('error', reject);
        response.on('end', () => {
          const milliseconds = performance.now() - begin;
          const body = Buffer.concat(chunks);
          const isGzip = response.headers['content-encoding'] === 'gzip';
          if (response.statusCode !== 200 || isGzip !== (this.#encoding === 'gzip')) {
            reject(
              new Error(
                `${this.#url} answered ${String(response.statusCode)}, ` +
                  (response.headers['content-encoding'] ?? 'identity'),
              ),
            );
            return;
          }
          resolve({ milliseconds, bytes: body.length, text: (isGzip ? gunzipSync(body) : body).toString('utf8') });
        });
      });
      asked.on('error', reject);
      asked.end();
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}

/** The number of series of a page: its lines that are no comments. */
export function seriesOf(page: string): number {
  return page.split('\n').filter((line) => line !== '' && !line.startsWith('#')).length;
}
