// Checks the configurations: what amtool lets pass in AlertManager's and what does not work (variables, inhibition of
// an alert by itself); and that Prometheus's, with Docker's names, with localhost and with several relays, differ in
// their hosts alone.
import type { Problem } from '../problem.js';
import { isRecord } from '@celery-watch/celery-protocol';
import { listIn } from '../sources/plain.js';
import { seconds } from '../sources/rule-file.js';
import type { Path, YamlFile } from '../sources/yaml-file.js';

const DEPRECATED = new Set(['match', 'match_re', 'source_match', 'source_match_re', 'target_match', 'target_match_re']);

/** Seconds that a second AlertManager waits for the first by default: docs/protocol/alertmanager.md#twins. */
const PEER_TIMEOUT = 15;

export function checkAlertmanager(source: YamlFile): Problem[] {
  const problems: Problem[] = [];
  const report = (path: Path, text: string): void => {
    problems.push({ file: source.file, line: source.line(path), where: path.join('.'), text });
  };
  const visit = (value: unknown, path: Path): void => {
    if (Array.isArray(value))
      value.forEach((item, i) => {
        visit(item, [...path, i]);
      });
    else if (isRecord(value)) {
      for (const [key, item] of Object.entries(value)) {
        if (key === 'group_interval' && !((seconds(String(item)) ?? 0) > PEER_TIMEOUT))
          report(
            [...path, key],
            `a group_interval of ${String(item)} is no longer than --cluster.peer-timeout (${PEER_TIMEOUT} s): the second of two ` +
              'AlertManagers tells an end again as firing',
          );
        if (DEPRECATED.has(key)) report([...path, key], `${key} is deprecated: use the form with matchers`);
        visit(item, [...path, key]);
      }
    } else if (typeof value === 'string' && value.includes('${'))
      report(path, 'AlertManager does not expand variables: read a secret from a file');
  };
  visit(source.content, []);
  listIn(source.content, 'inhibit_rules').forEach((rule, i) => {
    if (listIn(rule, 'equal').includes('alertname'))
      report(['inhibit_rules', i, 'equal'], 'one alert can only inhibit another if alertname may differ');
  });
  return problems;
}

export function checkTwins(one: YamlFile, ...others: readonly YamlFile[]): Problem[] {
  return others.flatMap((other) =>
    differences(one.content, other.content, []).map((path) => ({
      file: other.file,
      line: other.line(path) ?? one.line(path),
      where: path.join('.') || 'the whole file',
      text: `differs from ${one.file}${one.line(path) === undefined ? '' : `:${String(one.line(path))}`} in more than an address`,
    })),
  );
}

function differences(one: unknown, other: unknown, path: Path): Path[] {
  if (Array.isArray(one) && Array.isArray(other) && (one.length === other.length || path.at(-1) === REPLICAS)) {
    if (one.length < other.length) return other.flatMap((item, i) => differences(one[0], item, [...path, i]));
    return one.flatMap((item: unknown, i) => differences(item, other[i], [...path, i]));
  }
  if (isRecord(one) && isRecord(other)) {
    const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
    return [...keys].flatMap((key) => differences(one[key], other[key], [...path, key]));
  }
  return JSON.stringify(anonymous(one, path)) === JSON.stringify(anonymous(other, path)) ? [] : [path];
}

/** Several of a program may be looked at where the other file has one. */
const REPLICAS = 'static_configs';

/** A target without its host, an instance without its number: port and name must be the same on both sides. */
function anonymous(value: unknown, path: Path): unknown {
  if (typeof value !== 'string') return value;
  if (path.includes('targets')) return value.replace(/^[\w.-]+(?=:\d+$)/, 'host');
  return path.at(-1) === 'instance' ? value.replace(/-\d+$/, '') : value;
}
