// Nodenames of workers: name@host (docs/protocol/events.md#base-fields).

/** The part after the first @, or the whole where there is none. */
export function hostOf(nodename: string): string {
  const at = nodename.indexOf('@');
  return at < 0 ? nodename : nodename.slice(at + 1);
}
