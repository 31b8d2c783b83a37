// The stores that the relay is measured on, each fresh for each measurement and set up as in production.
import path from 'node:path';
import type { Testbed } from '@celery-watch/testbed';

/** `storage` of the configuration. */
export type StorageSettings = Readonly<Record<string, string>>;

export interface BenchStore {
  readonly name: 'SQLite' | 'PostgreSQL';
  fresh(): Promise<StorageSettings>;
}

export async function benchStores(bed: Testbed): Promise<readonly BenchStore[]> {
  let files = 0;
  const server = await bed.postgres({ fsync: true, config: ['shared_buffers = 128MB'] });
  return [
    { name: 'SQLite', fresh: () => Promise.resolve({ path: path.join(bed.folder, `store-${files++}.db`) }) },
    { name: 'PostgreSQL', fresh: async () => ({ url: (await server.database()).url }) },
  ];
}
