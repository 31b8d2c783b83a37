// Writes monitoring/grafana/dashboards/*.json; with --check says whether the committed ones are what the code builds.
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { dashboardFiles } from './shipped.js';
import { differences } from './drift.js';

const FOLDER = fileURLToPath(new URL('../../../../monitoring/grafana/dashboards/', import.meta.url));

function check(files: ReadonlyMap<string, string>): string[] {
  const committed = jsonFiles();
  return [
    ...[...files].flatMap(([name, text]) => {
      if (!committed.includes(name)) return [`${name}: missing`];
      const found = readFileSync(join(FOLDER, name), 'utf8');
      if (found === text) return [];
      const how = differences(parse(found), JSON.parse(text));
      return (how.length > 0 ? how : ['differs in its layout only']).map((each) => `${name}: ${each}`);
    }),
    ...committed.filter((name) => !files.has(name)).map((name) => `${name}: nobody builds it`),
  ];
}

function write(files: ReadonlyMap<string, string>): void {
  for (const name of jsonFiles()) if (!files.has(name)) rmSync(join(FOLDER, name));
  for (const [name, text] of files) writeFileSync(join(FOLDER, name), text);
  console.log(`wrote ${[...files.keys()].join(', ')} into ${FOLDER}`);
}

function jsonFiles(): string[] {
  return readdirSync(FOLDER).filter((name) => name.endsWith('.json'));
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return 'text that is no JSON';
  }
}

const files = dashboardFiles();
if (process.argv.includes('--check')) {
  const faults = check(files);
  if (faults.length > 0) {
    console.error(
      `The committed dashboards are not what the code builds:\n${faults.map((fault) => `  ${fault}`).join('\n')}\nTo write them anew: node tools/monitoring/dist/dashboards/main.js`,
    );
    process.exitCode = 1;
  } else {
    console.log(`${files.size} dashboards are what the code builds`);
  }
} else {
  write(files);
}
