// The user's own templates as they stand in their folder: read once, so that a message has the templates with which its
// channel was built, on whatever thread it is made and whatever is written into the folder meanwhile.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { strayTemplates } from './stray-templates.js';
import { TEMPLATE_NAMES, type TemplateName } from './template-names.js';

export interface TemplateFiles {
  readonly texts: Partial<Record<TemplateName, string>>;
  /** What could not be read, one line each. */
  readonly failures: readonly string[];
  /** What stands in the folder as if it were a template, and is none: one line each. */
  readonly strays: readonly string[];
}

/** Files named like the sections. Never throws. */
export function readTemplates(folder: string): TemplateFiles {
  const texts: TemplateFiles['texts'] = {};
  const failures: string[] = [];
  let files: string[];
  try {
    files = readdirSync(folder);
  } catch (error) {
    return { texts, failures: [`${folder}: ${reason(error)}`], strays: [] };
  }
  for (const section of TEMPLATE_NAMES) {
    const name = `${section}.liquid`;
    if (!files.includes(name)) continue;
    try {
      texts[section] = readFileSync(path.join(folder, name), 'utf8');
    } catch (error) {
      failures.push(`${name}: ${reason(error)}`);
    }
  }
  return { texts, failures, strays: strayTemplates(folder, files) };
}

/** The first line of what is wrong; the rest shows the template around it. */
export function reason(error: unknown): string {
  const message =
    typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error);
  return message.split('\n')[0]?.slice(0, 300) ?? '';
}
