// Reads what the tasks recorded about themselves: the truth that the exporter's numbers are held against.
import { readFile } from 'node:fs/promises';

export type TruthKind = 'run' | 'succeeded' | 'failed' | 'retried' | 'rejected' | 'ignored';

export interface TruthRecord {
  readonly id: string;
  readonly name: string;
  /** `run` on entry, else the ending; a task that was killed leaves only `run`. */
  readonly what: TruthKind;
  /** Only on endings by an exception: `ValueError`, or with its module, `truth_errors.PaymentError`. */
  readonly exception?: string;
  /** Epoch seconds. */
  readonly ts: number;
  /** Seconds since `run`; absent there. */
  readonly runtime?: number;
  readonly pid: number;
  /** The worker's node name. */
  readonly worker: string;
  /** The routing key it came with. */
  readonly queue: string;
}

export interface Truth {
  readonly records: readonly TruthRecord[];
  /** How many records fit everything that is given: `count({ name: 'truth.ok', what: 'succeeded' })`. */
  count(where?: Partial<TruthRecord>): number;
  /** Counts by name, then by what. */
  readonly counts: Readonly<Record<string, Partial<Readonly<Record<TruthKind, number>>>>>;
}

export async function readTruth(file: string): Promise<Truth> {
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return '';
    throw error;
  });
  // A last line without its end is still being written.
  const lines = text.split('\n').slice(0, -1);
  return tally(lines.map((line) => JSON.parse(line) as TruthRecord));
}

export function tally(records: readonly TruthRecord[]): Truth {
  const counts: Record<string, Partial<Record<TruthKind, number>>> = {};
  for (const { name, what } of records) {
    const ofName = (counts[name] ??= {});
    ofName[what] = (ofName[what] ?? 0) + 1;
  }
  const fits = (record: TruthRecord, where: Partial<TruthRecord>): boolean =>
    Object.entries(where).every(([key, value]) => record[key as keyof TruthRecord] === value);
  return { records, counts, count: (where = {}) => records.filter((record) => fits(record, where)).length };
}
