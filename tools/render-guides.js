// Makes pages of the guides, for the relay to serve: a runbook that is named in a message opens wherever the relay is
// reached. `node tools/render-guides.js FOLDER` writes FOLDER/pages.js; the relay's build runs it.
import { globSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { Marked } from 'marked';

const ROOT = path.join(import.meta.dirname, '..');
const [folder] = process.argv.slice(2);
if (folder === undefined) {
  console.error('usage: node tools/render-guides.js FOLDER');
  process.exit(2);
}

const files = globSync('docs/{README*,deployment/*,monitoring/*}.md', { cwd: ROOT }).sort();
const served = new Set(files);
const pages = Object.fromEntries(files.map((file) => [file, render(file)]));
mkdirSync(folder, { recursive: true });
writeFileSync(
  path.join(folder, 'pages.js'),
  `// Made by tools/render-guides.js of the guides in docs/.\nexport const PAGES = ${JSON.stringify(pages)};\n`,
);

/** Title, and sections of the second level with their anchors; the first is what stands before them, without one. */
function render(file) {
  const text = readFileSync(path.join(ROOT, file), 'utf8');
  const anchors = new Map();
  const marked = new Marked({
    renderer: {
      heading({ tokens, depth }) {
        const inner = this.parser.parseInline(tokens);
        return `<h${depth} id="${escape(anchorOf(this.parser.parseInline(tokens, this.parser.textRenderer), anchors))}">${inner}</h${depth}>\n`;
      },
      link({ href, tokens }) {
        const inner = this.parser.parseInline(tokens);
        const address = addressOf(file, href);
        return address === undefined ? inner : `<a href="${escape(address)}">${inner}</a>`;
      },
      image({ text: words }) {
        return escape(words);
      },
      table(token) {
        const row = (cells, tag) =>
          `<tr>${cells.map((cell) => `<${tag}>${this.parser.parseInline(cell.tokens)}</${tag}>`).join('')}</tr>\n`;
        const head = token.header.some((cell) => cell.text.trim() !== '')
          ? `<thead>${row(token.header, 'th')}</thead>\n`
          : '';
        return `<div class="wide"><table>${head}<tbody>${token.rows.map((each) => row(each, 'td')).join('')}</tbody></table></div>\n`;
      },
    },
  });
  const sections = text.split(/^(?=## )/m).map((part) => {
    const [, heading] = /^## (.+)$/m.exec(part) ?? [];
    const html = marked.parse(part);
    return { anchor: heading === undefined ? '' : (/<h2 id="([^"]*)"/.exec(html)?.[1] ?? ''), html };
  });
  const [, title = file] = /^# (.+)$/m.exec(text) ?? [];
  return { title, sections };
}

/** What a link becomes: a page that is served too, an address elsewhere, or nothing where it leads into the repository. */
function addressOf(file, href) {
  if (href.startsWith('#')) return href;
  // Bare words such as http://localhost:… are taken for links, too.
  if (/^(?:https?|mailto):/i.test(href)) return URL.canParse(href) ? href : undefined;
  const [place, anchor] = href.split('#');
  const goal = path.posix.join(path.posix.dirname(file), place);
  return served.has(goal)
    ? `${path.posix.relative(path.posix.dirname(file), goal)}${anchor === undefined ? '' : `#${anchor}`}`
    : undefined;
}

/** As GitHub makes them, so that the guides' own links lead to them. */
function anchorOf(heading, seen) {
  const anchor = heading
    .toLowerCase()
    .replaceAll(/&[a-z]+;|&#\d+;/g, '')
    .replaceAll(/[^\p{L}\p{M}\p{N}_ -]/gu, '')
    .replaceAll(' ', '-');
  const times = seen.get(anchor) ?? 0;
  seen.set(anchor, times + 1);
  return times === 0 ? anchor : `${anchor}-${times}`;
}

function escape(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;');
}
