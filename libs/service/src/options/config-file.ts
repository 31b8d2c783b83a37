// Reads what the YAML configuration file gives to the options of a table: one mapping from keys to values, and the
// lists of such mappings that the table calls sections.
import type { Document, Node } from 'yaml';
import type { Problem } from './problem.js';
import { shownValue } from './shown.js';
import type { Given, GivenElement, ReadFile, Reading } from './sources.js';
import type { OptionsTable, Section } from './table.js';
import { type FileContext, pairsOf, takePair } from './yaml-mapping.js';
import { parseYamlFile, yaml } from './yaml-file.js';

/** An empty file gives nothing. A path in it is relative to the file's own folder. */
export function readConfigFile(
  table: OptionsTable,
  { path, where }: NonNullable<Reading['config']>,
  readFile: ReadFile,
): Reading {
  const given = new Map<string, Given>();
  let text: string;
  try {
    text = readFile(path);
  } catch (error) {
    const wanted = `a file that can be read: ${readFailure(error)}`;
    return { given, problems: [{ key: 'config', where, value: shownValue(path), wanted, fix: 'correct the path' }] };
  }
  const { document, positions, problems: faults, isBroken } = parseYamlFile(text, path);
  const { contents } = document;
  if (isBroken || contents === null) return { given, problems: faults };
  const { isMap, isScalar } = yaml();
  if (!isMap(contents)) {
    if (isScalar(contents) && contents.value === null) return { given, problems: faults };
    const at = positions.at(contents.range?.[0] ?? 0);
    return {
      given,
      problems: [...faults, { key: 'config', where: at, wanted: 'keys with values, such as port: 9808' }],
    };
  }
  const problems = [...faults];
  const file: FileContext = { document, positions, path };
  const sections = new Map<string, readonly GivenElement[]>();
  const sectionPlaces = new Map<string, string>();
  for (const pair of contents.items) {
    const key = isScalar(pair.key) ? String(pair.key.value) : '';
    const section = Object.hasOwn(table.sections, key) ? table.sections[key] : undefined;
    if (section === undefined) {
      const { entries, elsewhere } = table;
      const problem = takePair(pair, { file, entries, others: Object.keys(table.sections), elsewhere, given });
      if (problem) problems.push(problem);
      continue;
    }
    const at = positions.at((pair.key as Node).range?.[0] ?? 0);
    const { elements, problems: wrong } = readSection(key, section, pair.value as Node | null, { ...file, at });
    problems.push(...wrong);
    sectionPlaces.set(key, at);
    if (elements) sections.set(key, elements);
  }
  return { given, problems, sections, sectionPlaces };
}

/** Why a file cannot be read, in words. */
export function readFailure(error: unknown): string {
  const code = (error as NodeJS.ErrnoException | undefined)?.code ?? '';
  const words: Readonly<Record<string, string>> = {
    ENOENT: 'it does not exist',
    EACCES: 'this user may not read it',
    EISDIR: 'it is a folder',
  };
  return words[code] ?? (code === '' ? 'reading it failed' : `reading it failed (${code})`);
}

interface SectionReading {
  /** Absent where it is no list, or an empty one. */
  readonly elements?: readonly GivenElement[];
  readonly problems: readonly Problem[];
}

function readSection(
  key: string,
  { entries }: Section,
  value: Node | null,
  file: FileContext & { readonly at: string },
): SectionReading {
  const { isMap, isSeq } = yaml();
  const list = meant(value, file.document);
  const example = `- ${entries[0]?.key ?? 'key'}: …`;
  if (!isSeq(list) || list.items.length === 0) {
    const wanted = `a list of at least one element, each with keys of its own, such as ${example}`;
    return { problems: [{ key, where: file.at, wanted, fix: 'give one or remove the line' }] };
  }
  const problems: Problem[] = [];
  const elements = list.items.map((item, index): GivenElement => {
    const node = meant(item as Node | null, file.document);
    const where = file.positions.at((item as Node | null)?.range?.[0] ?? 0);
    const within = `${key}[${index}]`;
    const given = new Map<string, Given>();
    if (!isMap(node)) problems.push({ key: within, where, wanted: `keys with values, such as ${example}` });
    else
      for (const pair of pairsOf(node, file.document)) {
        const problem = takePair(pair, { file, entries, given, within });
        if (problem) problems.push(problem);
      }
    return { where, given };
  });
  return { elements, problems };
}

/** What an alias stands for. */
function meant(node: Node | null, document: Document): unknown {
  return yaml().isAlias(node) ? node.resolve(document) : node;
}
