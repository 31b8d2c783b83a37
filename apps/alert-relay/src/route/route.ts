// The routing tree: which channels an alert goes to. The walk is AlertManager's own: the first child that matches, and
// on while it says `continue`.
import type { Matcher } from './matcher.js';

export interface Route {
  /** Where `POST /webhook/alertmanager/<name>` starts. */
  readonly name: string | undefined;
  readonly matchers: readonly Matcher[];
  /** Inherited from the parent where the file names none. */
  readonly channels: readonly string[];
  readonly continue: boolean;
  readonly routes: readonly Route[];
}

/**
 * The names of the channels for these labels, each once, in the order in which they were found. Starts at `start`,
 * whose own matchers are not asked.
 */
export function channelsFor(start: Route, labels: Readonly<Record<string, string>>): readonly string[] {
  const found = new Set<string>();
  for (const route of leavesFor(start, labels)) route.channels.forEach((channel) => found.add(channel));
  return [...found];
}

function leavesFor(route: Route, labels: Readonly<Record<string, string>>): readonly Route[] {
  const found: Route[] = [];
  for (const child of route.routes) {
    if (!child.matchers.every((matcher) => matcher.matches(labels))) continue;
    found.push(...leavesFor(child, labels));
    if (!child.continue) break;
  }
  return found.length > 0 ? found : [route];
}

/** The route of a name, anywhere in the tree. */
export function routeNamed(root: Route, name: string): Route | undefined {
  if (root.name === name) return root;
  for (const child of root.routes) {
    const found = routeNamed(child, name);
    if (found !== undefined) return found;
  }
  return undefined;
}
