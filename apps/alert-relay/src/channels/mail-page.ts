// The frame of an e-mail around the rendered sections, in the HTML that mail programs understand: tables, styles in
// place, nothing loaded.
import type { Part, Tone } from './channel.js';
import { htmlText, pieces, titleLine } from './wording.js';

const COLOURS: Readonly<Record<Tone, string>> = {
  critical: '#c62828',
  warning: '#b26a00',
  info: '#1565c0',
  resolved: '#2e7d32',
};

const FONT = "font-family:-apple-system,'Segoe UI',Roboto,'PingFang SC','Microsoft YaHei',sans-serif";

/**
 * A `<style>` and a `<div class="preheader">` at the beginning of the first section move to where mail programs look
 * for them.
 */
export function mailPage({ title, tone, body }: Part): string {
  const line = htmlText(titleLine(title));
  const [first = '', ...others] = pieces(body);
  const styled = lift(first, '<style>', '</style>');
  const introduced = lift(styled.rest, '<div class="preheader"', '</div>');
  const sections = [introduced.rest, ...others]
    .filter((each) => each !== '')
    .map((each) => `<tr><td style="padding:12px 20px;border-top:1px solid #e5e7eb">${each}</td></tr>`);
  return `<!doctype html>
<html>
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${line}</title>
${styled.lifted}
</head>
<body style="margin:0;padding:0;background:#f3f4f6;${FONT};font-size:15px;line-height:1.5;color:#1f2937">
${introduced.lifted}
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="background:#f3f4f6"><tr><td align="center" style="padding:16px 8px">
<table role="presentation" width="100%" cellpadding="0" cellspacing="0" style="max-width:640px;background:#ffffff;border-radius:6px;overflow:hidden;text-align:left;word-break:break-word">
<tr><td style="padding:14px 20px;background:${COLOURS[tone]};color:#ffffff;font-size:17px;font-weight:600">${line}</td></tr>
${sections.join('\n')}
</table>
</td></tr></table>
</body>
</html>
`;
}

/** Gmail reads styles in the head of the document only, and an inbox shows the first text of the body. */
function lift(text: string, begin: string, end: string): { readonly lifted: string; readonly rest: string } {
  const at = text.startsWith(begin) ? text.indexOf(end) : -1;
  if (at === -1) return { lifted: '', rest: text };
  return { lifted: text.slice(0, at + end.length), rest: text.slice(at + end.length).trimStart() };
}

export function mailText({ title, plain }: Part): string {
  return `${[titleLine(title), ...pieces(plain)].join('\n\n')}\n`;
}
