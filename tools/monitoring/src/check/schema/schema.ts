// Holds dashboards against @grafana/schema. That package has no JSON schema, only types of TypeScript: so each file is
// given to the compiler as a literal of that type, and what it says of it are the problems.
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import type { Problem } from '../problem.js';

const FOLDER = fileURLToPath(new URL('./', import.meta.url));
const BEFORE =
  "import type { CheckedDashboard } from './grafana-types.js'; export const dashboard: CheckedDashboard = ";

const OPTIONS: ts.CompilerOptions = {
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  target: ts.ScriptTarget.ES2024,
  lib: ['lib.es2024.d.ts'],
  types: [],
  strict: true,
  skipLibCheck: true,
  noEmit: true,
};

/** @param files path and JSON text of each dashboard */
export function checkSchema(files: readonly { readonly file: string; readonly text: string }[]): Problem[] {
  const json = files.filter(({ text }) => isJson(text));
  const sources = new Map(json.map(({ file, text }, i) => [`${FOLDER}dashboard-${i}.mts`, { file, text }]));
  const host = ts.createCompilerHost(OPTIONS);
  const read = host.getSourceFile.bind(host);
  const exists = host.fileExists.bind(host);
  host.fileExists = (name) => sources.has(name) || exists(name);
  host.getSourceFile = (name, version, ...rest) => {
    const source = sources.get(name);
    return source === undefined
      ? read(name, version, ...rest)
      : ts.createSourceFile(name, `${BEFORE}${source.text};`, version);
  };
  const program = ts.createProgram([...sources.keys()], OPTIONS, host);
  // Without the types everything would be right.
  const missing = program.getGlobalDiagnostics().map(({ messageText }) => ({ file: FOLDER, text: words(messageText) }));
  return [
    ...missing,
    ...[...sources].flatMap(([name, { file, text }]) => {
      const source = program.getSourceFile(name);
      return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
        ({ start = 0, messageText }): Problem => ({
          file,
          line: text.slice(0, Math.max(0, start - BEFORE.length)).split('\n').length,
          text: `not as @grafana/schema has it: ${words(messageText)}`,
        }),
      );
    }),
  ];
}

/** What is no JSON is another check's to say. */
function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** The last line of a message, and the first, say it; those between say where, as the line does. */
function words(message: string | ts.DiagnosticMessageChain): string {
  const lines = ts
    .flattenDiagnosticMessageText(message, '\n')
    .split('\n')
    .map((each) => each.trim());
  return lines.length > 1 ? `${lines[0] ?? ''} … ${lines.at(-1) ?? ''}` : (lines[0] ?? '');
}
