// The guide's chapter on metrics of the user's own as its readers would copy it: its code, its configuration, its
// queries.
import { mkdir, writeFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPOSITORY } from '@celery-watch/testbed';

export type GuideFile = 'CELERY_MONITORING_GUIDE.md' | 'CELERY_MONITORING_GUIDE.zh-CN.md';

export interface Chapter {
  readonly python: readonly string[];
  readonly yaml: readonly string[];
  /** Single queries without their comments. */
  readonly queries: readonly string[];
}

/** The fences of chapter 10. */
export function readChapter(file: GuideFile): Chapter {
  const guide = readFileSync(join(REPOSITORY, 'docs/monitoring', file), 'utf8');
  const [, chapter = ''] = /\n## 10\. [^\n]*\n(.*?)(?=\n## |$(?![\s\S]))/s.exec(guide) ?? [];
  const fences = (language: string): string[] =>
    [...chapter.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))].map(([, code = '']) => code);
  const queries = fences('promql')
    .flatMap((each) => each.split('\n\n'))
    .map((each) => each.replace(/^#.*$/gm, '').trim());
  return { python: fences('python'), yaml: fences('yaml'), queries };
}

/** One configuration file of all its examples. */
export function configurationOf({ yaml }: Chapter): string {
  return `custom_metrics:\n${yaml.map((each) => each.replace(/^custom_metrics:\n/, '')).join('')}`;
}

/**
 * What the guide's code takes for given: a shop that writes down what it is asked for, apart from events, and whose
 * rebuild waits for a file before its last product.
 */
const SHOP = `
import json, os, time

def note(what, **fields):
    line = (json.dumps({"what": what, **fields}) + "\\n").encode()
    file = os.open(os.environ["SHOP_NOTES"], os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(file, line)
    finally:
        os.close(file)

def products():
    return list(range(500))

def index(product):
    note("indexed")
    while product == 499 and not os.path.exists(os.environ["SHOP_NOTES"] + ".go"):
        time.sleep(0.05)

def read(source):
    _, rows = source.split(":")
    return [source] * int(rows)

def save(row):
    note("saved", source=row)

def price_is_cached(order):
    cached = order % 3 != 0
    note("hit" if cached else "miss")
    return cached

def fetch_price(order):
    pass
`;

/** What the shop wrote down. */
export type Note = { readonly what: 'indexed' | 'saved' | 'hit' | 'miss'; readonly source?: string };

export class Shop {
  readonly folder: string;
  readonly #notes: string;

  private constructor(folder: string) {
    this.folder = folder;
    this.#notes = join(folder, 'notes.jsonl');
  }

  /** Lays out the package myapp with the guide's code in it. */
  static async layOut(folder: string, { python }: Chapter): Promise<Shop> {
    await mkdir(join(folder, 'myapp'), { recursive: true });
    await writeFile(join(folder, 'myapp/__init__.py'), '');
    await writeFile(join(folder, 'myapp/shop.py'), SHOP);
    await writeFile(join(folder, 'myapp/tasks.py'), python.join('\n'));
    return new Shop(folder);
  }

  /** The variables of a worker that runs it beside the application of the testbed. */
  get env(): Readonly<Record<string, string>> {
    return {
      PYTHONPATH: [this.folder, join(REPOSITORY, 'libs/testbed/celery-app')].join(':'),
      SHOP_NOTES: this.#notes,
    };
  }

  notes(): readonly Note[] {
    const lines = readFileSync(this.#notes, 'utf8').split('\n').slice(0, -1);
    return lines.map((line) => JSON.parse(line) as Note);
  }

  /** Lets the rebuilds come to their end. */
  async go(): Promise<void> {
    await writeFile(`${this.#notes}.go`, '');
  }
}
