// What `/metrics` says of the exporter as a server: what it is, what it refused, and what its log lost.
import { exporterMetrics } from '@celery-watch/celery-protocol';
import { collected, type Family, labelText } from '@celery-watch/metrics';
import { type HttpRefusals, type Log, lostLines } from '@celery-watch/service';

export interface BuildInfo {
  readonly version: string;
  readonly nodeVersion: string;
}

export function serverFamilies(refusals: HttpRefusals, log: Log, build: BuildInfo): readonly Family[] {
  const m = exporterMetrics;
  return [
    collected(m.buildInfo, (out) => {
      out.add(labelText(m.buildInfo, [build.version, build.nodeVersion]), 1);
    }),
    collected(m.httpRefusals, (out) => {
      for (const [reason, count] of refusals.counts) out.add(labelText(m.httpRefusals, [reason]), count);
    }),
    collected(m.lostLogLines, (out) => {
      out.add('', lostLines(log));
    }),
  ];
}

/** What there is to say of the web configuration; nothing where there is none. */
export interface DoorFigures {
  /** Whether the files, as they are now, are in force; undefined: there are none. */
  readonly isGood: boolean | undefined;
  /** Milliseconds since 1970; undefined: TLS is not spoken. */
  readonly certificateExpiresAt: number | undefined;
}

export function doorFamilies(doors: DoorFigures): readonly Family[] {
  return [
    collected(exporterMetrics.webConfigSuccessful, (out) => {
      if (doors.isGood !== undefined) out.add('', doors.isGood ? 1 : 0);
    }),
    collected(exporterMetrics.certificateExpiry, (out) => {
      if (doors.certificateExpiresAt !== undefined) out.add('', doors.certificateExpiresAt / 1_000);
    }),
  ];
}
