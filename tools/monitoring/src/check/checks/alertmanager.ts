// Checks what amtool lets pass in AlertManager's configuration and what does not work: variables, inhibition of an
// alert by itself.
import type { Problem } from '../problem.js';
import { isRecord, listIn } from '../sources/plain.js';
import type { Path, YamlFile } from '../sources/yaml-file.js';

const DEPRECATED = new Set(['match', 'match_re', 'source_match', 'source_match_re', 'target_match', 'target_match_re']);

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
