// From the file's routes to the routing tree: matchers compiled, channels inherited, names checked.
import { didYouMean, shownName, shownText, type KeyPath } from '@celery-watch/service';
import { parseMatchers, type Matcher, type Route } from '../route/route.js';
import { asList } from '../settings/fields.js';

/** Takes a problem of the value at a path. */
export type Report = (at: KeyPath, wanted: string, fix?: string) => void;

/** The tree of `raw.route`. What is wrong is reported; where the shape itself is wrong, the schema has said so. */
export function buildRoute(raw: unknown, channelNames: readonly string[], problem: Report): Route {
  const taken = new Set<string>();
  const at: KeyPath = ['route'];
  const root = field(raw, 'route');
  if (field(root, 'channels') === undefined && root !== undefined)
    problem([...at, 'channels'], 'the channels of everything that no route below takes', 'name at least one');
  const all = asList(field(root, 'channels'));
  if (Array.isArray(all) && all.length === 0)
    problem([...at, 'channels'], 'at least one channel: an alert that no route takes must reach somebody');
  if (field(root, 'matchers') !== undefined)
    problem([...at, 'matchers'], 'no matchers at the root: it takes everything');
  return build(root, at, [], channelNames, taken, problem);
}

function build(
  raw: unknown,
  at: KeyPath,
  inherited: readonly string[],
  known: readonly string[],
  taken: Set<string>,
  problem: Report,
): Route {
  const name = field(raw, 'name');
  if (typeof name === 'string') {
    if (taken.has(name)) problem([...at, 'name'], `a name that no other route has, not ${shownName(name)} again`);
    taken.add(name);
  }
  const given = asList(field(raw, 'channels'));
  const channels = Array.isArray(given) ? given.filter((each): each is string => typeof each === 'string') : inherited;
  if (Array.isArray(given)) {
    channels.forEach((channel, index) => {
      if (!known.includes(channel))
        problem(
          [...at, 'channels', index],
          `the name of a channel, not ${shownName(channel)}`,
          didYouMean(channel, known) ?? `the channels are ${known.map(shownName).join(', ') || 'none'}`,
        );
    });
  }
  const routes = field(raw, 'routes');
  return {
    name: typeof name === 'string' ? name : undefined,
    matchers: matchersOf(field(raw, 'matchers'), at, problem),
    channels,
    continue: field(raw, 'continue') === true,
    routes: Array.isArray(routes)
      ? routes.map((each, index) => build(each, [...at, 'routes', index], channels, known, taken, problem))
      : [],
  };
}

function matchersOf(raw: unknown, at: KeyPath, problem: Report): readonly Matcher[] {
  const given = asList(raw);
  if (!Array.isArray(given)) return [];
  return given.flatMap((each, index) => {
    if (typeof each !== 'string') return [];
    try {
      return parseMatchers(each);
    } catch (error) {
      problem([...at, 'matchers', index], 'matchers of AlertManager', shownText((error as Error).message));
      return [];
    }
  });
}

function field(raw: unknown, key: string): unknown {
  return typeof raw === 'object' && raw !== null ? (raw as Record<string, unknown>)[key] : undefined;
}
