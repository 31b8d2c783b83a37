// Compares the committed dashboards with what the code builds, in terms that a person can follow.

const SHOWN = 20;

/** One line for each difference between two JSON values, each with its path; the first twenty, and how many more. */
export function differences(committed: unknown, built: unknown): string[] {
  const all = [...compare(committed, built, '')];
  return all.length > SHOWN ? [...all.slice(0, SHOWN), `… and ${all.length - SHOWN} more`] : all;
}

function* compare(committed: unknown, built: unknown, path: string): Generator<string> {
  if (Object.is(committed, built)) return;
  if (!isContainer(committed) || !isContainer(built) || Array.isArray(committed) !== Array.isArray(built)) {
    yield `${path || 'the file'}: committed ${show(committed)}, built ${show(built)}`;
    return;
  }
  for (const key of new Set([...Object.keys(committed), ...Object.keys(built)])) {
    const label = Array.isArray(built)
      ? `[${nameOf(built[Number(key)] ?? (committed as unknown[])[Number(key)], key)}]`
      : `${path ? '.' : ''}${key}`;
    yield* compare(
      (committed as Readonly<Record<string, unknown>>)[key],
      (built as Readonly<Record<string, unknown>>)[key],
      path + label,
    );
  }
}

/** A panel is known by its title rather than by its place. */
function nameOf(item: unknown, index: string): string {
  const { title, name } = isContainer(item) ? (item as { readonly title?: unknown; readonly name?: unknown }) : {};
  return typeof title === 'string' ? `"${title}"` : typeof name === 'string' ? `"${name}"` : index;
}

function isContainer(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

function show(value: unknown): string {
  const text = value === undefined ? 'nothing' : JSON.stringify(value);
  return text.length > 160 ? `${text.slice(0, 157)}…` : text;
}
