// Prometheus has two configurations, with Docker's names and with localhost: they must say the same but for the hosts.
import type { Problem } from '../problem.js';
import type { Path, YamlFile } from '../sources/yaml-file.js';
import { isRecord } from '../sources/plain.js';

export function checkTwins(one: YamlFile, other: YamlFile): Problem[] {
  return differences(one.content, other.content, []).map((path) => ({
    file: other.file,
    line: other.line(path) ?? one.line(path),
    where: path.join('.') || 'the whole file',
    text: `differs from ${one.file}${one.line(path) === undefined ? '' : `:${String(one.line(path))}`} in more than an address`,
  }));
}

function differences(one: unknown, other: unknown, path: Path): Path[] {
  if (Array.isArray(one) && Array.isArray(other) && one.length === other.length) {
    return one.flatMap((item: unknown, i) => differences(item, other[i], [...path, i]));
  }
  if (isRecord(one) && isRecord(other)) {
    const keys = new Set([...Object.keys(one), ...Object.keys(other)]);
    return [...keys].flatMap((key) => differences(one[key], other[key], [...path, key]));
  }
  return JSON.stringify(anonymous(one, path)) === JSON.stringify(anonymous(other, path)) ? [] : [path];
}

/** A target without its host: the port must be the same on both sides. */
function anonymous(value: unknown, path: Path): unknown {
  return typeof value === 'string' && path.includes('targets') ? value.replace(/^[\w.-]+(?=:\d+$)/, 'host') : value;
}
