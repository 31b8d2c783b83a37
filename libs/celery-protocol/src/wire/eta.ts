// ETAs: from the text in an event or a message to a moment, as Celery's workers read it, wherever the exporter runs.

/** Date, time, fraction, offset, with or without the separators; what follows is left alone, as by Celery up to 5.2. */
const ISO = new RegExp(
  String.raw`^(\d{4})-?(\d\d)-?(\d\d)` +
    String.raw`(?:[^\d](\d\d)(?::?(\d\d)(?::?(\d\d)(?:[.,](\d{1,9})\d*)?)?)?\s?(?:(Z)|([-+])(\d\d):?(\d\d)?)?)?`,
  'i',
);
/** Longer than any ISO 8601 text; more is not looked at. */
const MAX_LENGTH = 64;

/**
 * Epoch seconds of an ISO 8601 text; undefined where it is none. Without an offset it is UTC, which is what every
 * version of Celery takes it for, whatever `timezone` and `enable_utc` say (docs/protocol/events.md#naive-etas).
 */
export function etaSeconds(eta: string): number | undefined {
  const found = ISO.exec(eta.slice(0, MAX_LENGTH));
  if (found === null) return undefined;
  const [, year, month, day, hour = '0', minute = '0', second = '0', fraction = '0'] = found;
  const date = Date.UTC(Number(year), Number(month) - 1, Number(day));
  // The 31st of February is no date, and would become one in March.
  if (new Date(date).getUTCDate() !== Number(day) || Number(month) < 1 || Number(month) > 12) return undefined;
  if (Number(hour) > 24 || Number(minute) > 59 || Number(second) > 59) return undefined;
  const time = Number(hour) * 3600 + Number(minute) * 60 + Number(second) + Number(`0.${fraction}`);
  return date / 1000 + time - offsetOf(found);
}

/** From when on a task could run: when it was published or received, or its ETA where that is later. Epoch seconds. */
export function readyAt(timestamp: number, eta: string | null): number {
  if (eta === null) return timestamp;
  return Math.max(timestamp, etaSeconds(eta) ?? timestamp);
}

/** Seconds that the written time is ahead of UTC. */
function offsetOf(found: RegExpExecArray): number {
  const [, , , , , , , , , sign, hours = '0', minutes = '0'] = found;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60);
}
