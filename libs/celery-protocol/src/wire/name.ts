// Names: what may be kept as one (of a task, a worker, a queue, or the id of a task), and the parts of a nodename.

/** Names become table keys and label values; longer than any host, queue or Python path, they would fill the memory. */
export const MAX_NAME_LENGTH = 512;

/**
 * A text that is neither empty nor too long to be kept, and holds no lone surrogate: UTF-8 has none, and two such names
 * would be one on a page.
 */
export function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= MAX_NAME_LENGTH && value.isWellFormed();
}

/** The part after the first @, or the whole where there is none. */
export function hostOf(nodename: string): string {
  const at = nodename.indexOf('@');
  return at < 0 ? nodename : nodename.slice(at + 1);
}
