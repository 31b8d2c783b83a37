// Times as the inbox page writes them.

/** Of this machine's time zone. */
export function clock(at: number): string {
  return new Date(at).toLocaleTimeString('en-GB');
}

/** From one time to another, both in milliseconds since 1970. */
export function seconds(from: number | undefined, at: number): string {
  return `${(Math.max(0, at - (from ?? at)) / 1000).toFixed(1)} s`;
}
