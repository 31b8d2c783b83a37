// The log: JSON lines on standard output, readable text in a terminal, and no password in either.
import { pino, type DestinationStream, type Logger } from 'pino';
import { createRequire } from 'node:module';
import type { default as PinoPretty } from 'pino-pretty';
import { redactUrl } from './secret.js';

export type Log = Logger;

export const LOG_LEVELS = ['trace', 'debug', 'info', 'warn', 'error', 'fatal', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LogSettings {
  readonly level: LogLevel;
  /** The program's name, in each line. */
  readonly name: string;
  /** Where lines go, one `write(line)` for each. Default: standard output. */
  readonly destination?: DestinationStream;
}

/**
 * A pino logger. A line holds `level` (a word), `time` (ISO 8601), `name`, `msg` and what the caller adds; an error
 * belongs in `err`. Lines are written at once, so the last ones before a crash are not lost.
 */
export function createLog({ level, name, destination = standardOutput() }: LogSettings): Log {
  return pino(
    {
      level,
      name,
      base: {},
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: SECRET_PATHS, censor: '[redacted]' },
      hooks: { streamWrite: redactLine },
    },
    destination,
  );
}

/** A log that says nothing. */
export function silentLog(): Log {
  return pino({ level: 'silent' });
}

export interface LogLine {
  readonly level: string;
  readonly msg: string;
  readonly [field: string]: unknown;
}

/** A log for tests that keeps every line: `lines` grows as the log is written. */
export function memoryLog(level: LogLevel = 'trace'): { readonly log: Log; readonly lines: readonly LogLine[] } {
  const lines: LogLine[] = [];
  const destination = { write: (line: string): void => void lines.push(JSON.parse(line) as LogLine) };
  return { log: createLog({ level, name: 'test', destination }), lines };
}

const SECRET_FIELDS = ['password', 'authorization', 'Authorization', 'secret', 'token'];
const SECRET_PATHS = SECRET_FIELDS.flatMap((field) => [field, `*.${field}`, `*.*.${field}`]);

/**
 * Driver errors carry URLs with passwords in message and stack; cleaning each JSON text of the finished line misses
 * none of them.
 */
function redactLine(line: string): string {
  if (!line.includes('://') && !line.includes('=')) return line;
  return line.replace(/"(?:[^"\\]|\\.)*"/g, (literal) => JSON.stringify(redactUrl(JSON.parse(literal) as string)));
}

function standardOutput(): DestinationStream {
  if (!process.stdout.isTTY) return pino.destination({ fd: 1, sync: true });
  // Loaded only where a person looks: it costs memory that a service has no use for.
  const pretty = createRequire(import.meta.url)('pino-pretty') as typeof PinoPretty;
  return pretty({ colorize: true, sync: true, destination: 1, translateTime: 'SYS:HH:MM:ss.l', ignore: 'name' });
}
