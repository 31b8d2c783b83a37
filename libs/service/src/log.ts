// The log: JSON lines on standard output, readable text in a terminal, and no password in either.
import { pino, type DestinationStream, type Logger, type LoggerOptions } from 'pino';
import { createRequire } from 'node:module';
import type { default as PinoPretty } from 'pino-pretty';
import { descriptorCalls, LogOutput } from './log-output.js';
import { redactUrl } from './secret.js';

export type Log = Logger;

/** As much of a log as an HTTP server needs, wherever its lines go. */
export interface PlainLog {
  readonly warn: (fields: Readonly<Record<string, unknown>>, message: string) => void;
  readonly error: (fields: Readonly<Record<string, unknown>>, message: string) => void;
}

/** How many lines each logger has lost; its children count with it. */
const LOST = Symbol('lost lines');

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
 * belongs in `err`. Lines are written at once, so the last ones before a crash are not lost. No call of it throws: a
 * line that cannot be made or written is lost, and `lostLines` counts it.
 */
export function createLog({ level, name, destination }: LogSettings): Log {
  const settings = loggerSettings(level, name);
  let failed = 0;
  const guard: LoggerOptions = {
    hooks: {
      ...settings.hooks,
      logMethod(given, method) {
        try {
          method.apply(this, given);
        } catch {
          failed += 1;
        }
      },
    },
  };
  const output = destination === undefined ? standardOutput(name) : undefined;
  const log = pino({ ...settings, ...guard }, destination ?? output?.stream ?? { write: () => undefined });
  return Object.assign(log, { [LOST]: () => failed + (output?.lost() ?? 0) });
}

/** Log lines that are lost since the start: the disk was full, or nobody took them. */
export function lostLines(log: Log): number {
  return (log as Log & { readonly [LOST]?: () => number })[LOST]?.() ?? 0;
}

function loggerSettings(level: LogLevel, name: string): LoggerOptions {
  return {
    level,
    name,
    base: {},
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: SECRET_PATHS, censor: '[redacted]' },
    hooks: { streamWrite: redactLine },
  };
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

interface Output {
  readonly stream: DestinationStream;
  readonly lost: () => number;
}

function standardOutput(name: string): Output {
  const output = new LogOutput(descriptorCalls(1), (lost, code) => noteOfLoss(name, lost, code));
  const lost = (): number => output.lost;
  process.once('exit', () => {
    output.flush();
  });
  if (!process.stdout.isTTY) return { stream: output, lost };
  // Loaded only where a person looks: it costs memory that a service has no use for.
  const pretty = createRequire(import.meta.url)('pino-pretty') as typeof PinoPretty;
  const toText = pretty.prettyFactory({ colorize: true, translateTime: 'SYS:HH:MM:ss.l', ignore: 'name' });
  const stream = {
    write: (line: string) => {
      output.write(toText(line));
    },
    flush: (done?: (error?: Error) => void) => {
      output.flush(done);
    },
  };
  return { stream, lost };
}

function noteOfLoss(name: string, lost: number, code: string): string {
  const why = code === 'EAGAIN' ? 'nobody read them' : code === 'ENOSPC' ? 'the disk was full' : code;
  const msg = `log lines are lost: they could not be written (${why})`;
  return `${JSON.stringify({ level: 'warn', time: new Date().toISOString(), name, lost, code, msg })}\n`;
}
