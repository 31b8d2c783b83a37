// Holds the AlertmanagerConfig against the AlertManager configuration that ships: grouping, times, inhibitions.
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { MONITORING } from '@celery-watch/testbed';
import { parse } from 'yaml';
import { type Manifest, ofKind } from './manifest.js';

interface ShippedRoute {
  readonly group_by?: readonly string[];
  readonly group_wait?: string;
  readonly group_interval?: string;
  readonly repeat_interval?: string;
  readonly matchers?: readonly string[];
  readonly routes?: readonly ShippedRoute[];
}
interface Shipped {
  readonly route: ShippedRoute;
  readonly inhibit_rules: readonly {
    readonly source_matchers: readonly string[];
    readonly target_matchers: readonly string[];
    readonly equal: readonly string[];
  }[];
}
interface Matcher {
  readonly name: string;
  readonly value?: string;
  readonly matchType?: string;
}
interface Route {
  readonly groupBy?: readonly string[];
  readonly groupWait?: string;
  readonly groupInterval?: string;
  readonly repeatInterval?: string;
  readonly matchers?: readonly Matcher[];
  readonly routes?: readonly Route[];
}
interface Spec {
  readonly route: Route;
  readonly inhibitRules: readonly {
    readonly sourceMatch: readonly Matcher[];
    readonly targetMatch: readonly Matcher[];
    readonly equal: readonly string[];
  }[];
}

const written = ({ name, value = '', matchType = '=' }: Matcher): string => `${name}${matchType}"${value}"`;

/** Where the two say different things. A cluster has alerts of others, too: the sources of ours are of ours alone. */
export function alertmanagerDrift(manifests: readonly Manifest[]): readonly string[] {
  const [config] = ofKind(manifests, 'AlertmanagerConfig');
  if (config === undefined) return ['there is no AlertmanagerConfig'];
  const { route, inhibitRules } = config.spec as Spec;
  const shipped = parse(readFileSync(path.join(MONITORING, 'alertmanager.yml'), 'utf8')) as Shipped;
  const isWatchdog = (matchers: readonly string[] = []): boolean => matchers.join() === 'alertname="Watchdog"';
  const life = shipped.route.routes?.find(({ matchers }) => isWatchdog(matchers));
  const ownLife = route.routes?.find(({ matchers = [] }) => isWatchdog(matchers.map(written)));
  const ours = {
    grouping: [route.groupBy, route.groupWait, route.groupInterval, route.repeatInterval],
    'sign of life': ownLife?.repeatInterval,
    inhibitions: inhibitRules.map(({ sourceMatch, targetMatch, equal }) => [
      sourceMatch.map(written).filter((each) => !each.startsWith('component=~')),
      targetMatch.map(written),
      equal,
    ]),
  };
  const theirs = {
    grouping: [
      shipped.route.group_by,
      shipped.route.group_wait,
      shipped.route.group_interval,
      shipped.route.repeat_interval,
    ],
    'sign of life': life?.repeat_interval,
    inhibitions: shipped.inhibit_rules.map((each) => [each.source_matchers, each.target_matchers, each.equal]),
  };
  return (Object.keys(ours) as (keyof typeof ours)[])
    .filter((key) => !isDeepStrictEqual(ours[key], theirs[key]))
    .map((key) => `${key}: ${JSON.stringify(ours[key])} and not ${JSON.stringify(theirs[key])}`);
}
