// The first section of the landing page: what is found, and what to do about it.
import type { Finding, Level } from '../diagnosis.js';
import { type Html, type Content, withCode, visibleHtml as html } from '@celery-watch/html';
import { badge } from './table.js';
import { counted } from '../wording.js';

const WORDS: Readonly<Record<Level, string>> = { problem: 'Problem', warning: 'Warning', note: 'Note', ok: 'OK' };

export function findingsSection(findings: readonly Finding[]): Html {
  return html`<section class="findings" aria-labelledby="findings">
<h2 id="findings">Findings</h2>
${tally(findings)}
<ul>
${findings.map(finding)}</ul>
</section>`;
}

function finding({ level, title, detail, fix }: Finding): Html {
  return html`<li class="finding ${level}">
<h3>${badge(level, WORDS[level])}<span>${withCode(title)}</span></h3>
<p>${withCode(detail)}</p>${
    fix === ''
      ? ''
      : html`
<p><strong>What to do:</strong> ${withCode(fix)}</p>`
  }
</li>
`;
}

/** 1 problem, 2 warnings, 1 note */
function tally(findings: readonly Finding[]): Content {
  const parts = (['problem', 'warning', 'note'] as const).flatMap((level) => {
    const n = findings.filter((each) => each.level === level).length;
    return n === 0 ? [] : [counted(n, level)];
  });
  return parts.length === 0 ? '' : html`<p class="muted">${parts.join(', ')}</p>`;
}
