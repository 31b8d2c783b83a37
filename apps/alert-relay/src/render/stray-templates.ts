// Files in a folder of templates that somebody meant as one and that are never read: a mistyped name, another ending, a
// folder within the folder. Silence about them would be a message in a style that nobody chose.
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { didYouMean } from '@celery-watch/service/texts';
import { TEMPLATE_NAMES } from './template-names.js';

const FILES = TEMPLATE_NAMES.map((name) => `${name}.liquid`);
const WANTED = `templates are named ${FILES.join(', ')}`;
/** Endings of template languages, and what editors and browsers put behind a name. */
const ENDINGS = /\.(?:liquid|tmpl|tpl|j2|jinja2?|hbs|mustache|html?|md|txt)$/i;

/** One line for each; `files` are the names in the folder. */
export function strayTemplates(folder: string, files: readonly string[]): string[] {
  const strays = files.flatMap((name) => strayFile(folder, name, files));
  if (strays.length === 0 && !files.some((name) => FILES.includes(name)))
    return [`no template is in ${folder}: ${WANTED}`];
  return strays;
}

function strayFile(folder: string, name: string, files: readonly string[]): string[] {
  if (FILES.includes(name) || name.startsWith('.') || /^readme/i.test(name)) return [];
  const inside = namesIn(path.join(folder, name)).filter((each) => each.endsWith('.liquid'));
  const [first] = inside;
  if (first !== undefined)
    return [
      `${name}/${first} is not read: templates stand in the folder itself; name the folder ${name} in the channel's ` +
        'templates if it is for this channel',
    ];
  const stem = name.toLowerCase().replace(/\..*$/, '');
  const isNamed = TEMPLATE_NAMES.some((each) => each === stem);
  if (!name.toLowerCase().endsWith('.liquid') && !(isNamed && ENDINGS.test(name))) return [];
  // A copy beside the original, such as title.liquid.bak, is no template and ends in none of these.
  const meant = isNamed ? `did you mean ${stem}.liquid?` : didYouMean(`${stem}.liquid`, FILES);
  const isCopy = isNamed && files.includes(`${stem}.liquid`);
  return [`${name} is not read${isCopy ? '' : `: ${meant ?? WANTED}`}`];
}

/** Of a folder; nothing where it is none. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
