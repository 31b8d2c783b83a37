// The chart's README: every value with its default and what it means, made from the comments of values.yaml.
import { isMap, parseDocument, type Pair, type Scalar, type YAMLMap } from 'yaml';

interface ValueRow {
  readonly key: string;
  readonly byDefault: string;
  readonly meaning: string;
}
interface Chapter {
  readonly title: string;
  readonly rows: ValueRow[];
}

/** Every key that is no chapter of others has a comment that begins with `--`; one that has none is refused. */
export function chaptersOf(values: string): readonly Chapter[] {
  const document = parseDocument(values);
  const chapters: Chapter[] = [];
  const walk = (map: YAMLMap, above: string, headOfMap: string): void => {
    map.items.forEach((item, index) => {
      const pair = item as Pair<Scalar<string>, Scalar | YAMLMap>;
      const key = above === '' ? pair.key.value : `${above}.${pair.key.value}`;
      // The comment of the first key stands before the map itself.
      const comment = [index === 0 ? headOfMap : '', pair.key.commentBefore ?? ''].join('\n');
      const title = /^ == (.*)$/m.exec(comment)?.[1];
      if (title !== undefined) chapters.push({ title, rows: [] });
      const meaning = /^ -- ([^]*)$/m.exec(comment)?.[1]?.replace(/\n /g, ' ').trim();
      const value = pair.value;
      if (meaning === undefined) {
        if (!isMap(value)) throw new Error(`values.yaml: ${key} has no comment that begins with "-- "`);
        walk(value, key, value.commentBefore ?? '');
        return;
      }
      const rows = chapters.at(-1)?.rows;
      if (rows === undefined) throw new Error(`values.yaml: no comment "== …" begins a chapter before ${key}`);
      rows.push({ key, byDefault: JSON.stringify(value?.toJSON() ?? null), meaning });
    });
  };
  if (!isMap(document.contents)) throw new Error('values.yaml: wanted keys and values');
  walk(document.contents, '', document.commentBefore ?? '');
  return chapters;
}

const HEAD = `# The Helm chart celery-watch

The exporter and the alert relay in Kubernetes. The guide says how, step by step: \`docs/deployment/KUBERNETES_GUIDE.md\`
([中文](../../docs/deployment/KUBERNETES_GUIDE.zh-CN.md), [English](../../docs/deployment/KUBERNETES_GUIDE.md)). In short, from the repository's root, once the images are in a
registry that the cluster reaches:

\`\`\`console
helm install celery-watch charts/celery-watch --namespace monitoring --create-namespace \\
  --set imageRegistry=registry.example.com/ops --set 'exporter.brokers[0].url=redis://redis.shop.svc:6379/0'
helm test celery-watch --namespace monitoring --logs
\`\`\`

It makes no object outside of its namespace and needs no rights in the cluster. A key that it does not know is refused with its name.
\`ci/\` holds values files for the usual cases.

This file is made from the comments of \`values.yaml\`: \`npm run chart -- write\`.
`;

/** A cell of a table ends at a bar. */
const cell = (text: string): string => text.replaceAll('|', '\\|');

export function readmeOf(values: string): string {
  const parts = chaptersOf(values).map(({ title, rows }) =>
    [
      `## ${title}`,
      '',
      '| key | default | meaning |',
      '|---|---|---|',
      ...rows.map(({ key, byDefault, meaning }) => `| \`${key}\` | \`${cell(byDefault)}\` | ${cell(meaning)} |`),
      '',
    ].join('\n'),
  );
  return [HEAD, ...parts].join('\n');
}
