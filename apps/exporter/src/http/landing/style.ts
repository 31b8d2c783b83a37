// The style sheet of the landing page, which stands in the page itself: nothing is loaded.
import { Html } from '@celery-watch/html';
import { PALETTES, properties } from './palette.js';

export const STYLE = new Html(`
:root { color-scheme: light dark; ${properties(PALETTES.light)} }
@media (prefers-color-scheme: dark) { :root { ${properties(PALETTES.dark)} } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text); font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; overflow-wrap: anywhere; }
header, main, footer { max-width: 76rem; margin: 0 auto; padding: 0 1.25rem; }
header { padding-top: 2rem; display: flex; flex-wrap: wrap; align-items: baseline; gap: .25rem 1.5rem; }
header > div { flex: 1 1 18rem; }
main { padding-bottom: 2rem; }
footer { padding-bottom: 3rem; color: var(--muted); }
h1, h2, h3, p, dl, ul { margin: 0; }
h1 { font-size: 1.5rem; line-height: 1.3; }
h2 { font-size: 1.15rem; line-height: 1.4; }
h3 { font-size: 1rem; line-height: 1.5; display: flex; gap: .65rem; align-items: baseline; }
a { color: var(--link); text-underline-offset: .15em; }
a:focus-visible, [tabindex]:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; border-radius: 3px; }
nav ul { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: 0 1.1rem; }
nav a { display: inline-block; padding: .35rem 0; }
.muted { color: var(--muted); }
code { font: .9em/1.4 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; background: var(--code); padding: .1em .3em; border-radius: 4px; unicode-bidi: isolate; -webkit-box-decoration-break: clone; box-decoration-break: clone; }
section { margin-top: 2.25rem; min-width: 0; }
section > h2 + p { margin-top: .15rem; }
.findings > ul { list-style: none; padding: 0; margin-top: .75rem; display: grid; gap: .75rem; }
.finding { background: var(--panel); border: 1px solid var(--line); border-left: .3rem solid var(--level); border-radius: 8px; padding: .9rem 1.1rem 1rem; }
.finding p { margin-top: .35rem; max-width: 46rem; }
@media (min-width: 62rem) {
  .finding { display: grid; grid-template-columns: 1fr 1fr; gap: 0 2.5rem; }
  .finding h3 { grid-column: 1 / -1; }
  .ok p { grid-column: 1 / -1; }
}
.badge { flex: none; background: var(--level); color: var(--on-level); font-size: .78rem; font-weight: 600; line-height: 1.5; padding: .1rem .55rem; border-radius: 1rem; white-space: nowrap; }
.problem { --level: var(--problem); --on-level: var(--on-problem); }
.warning { --level: var(--warning); --on-level: var(--on-warning); }
.note { --level: var(--note); --on-level: var(--on-note); }
.ok { --level: var(--ok); --on-level: var(--on-ok); }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 26rem), 1fr)); gap: 0 1.5rem; align-items: start; }
.panel { margin-top: .75rem; background: var(--panel); border: 1px solid var(--line); border-radius: 8px; }
/* A shadow on each side where there is more to scroll to; the panel's own colour, which scrolls along, covers it at the end. */
.scroll { overflow-x: auto; border-radius: 8px; background: linear-gradient(90deg, var(--panel) 1.5rem, transparent) 0 0 / 2.5rem 100% no-repeat local, linear-gradient(270deg, var(--panel) 1.5rem, transparent) 100% 0 / 2.5rem 100% no-repeat local, linear-gradient(90deg, var(--shadow), transparent) 0 0 / 1rem 100% no-repeat scroll, linear-gradient(270deg, var(--shadow), transparent) 100% 0 / 1rem 100% no-repeat scroll; }
dl.panel { padding: .35rem 1.1rem; }
dl.panel > div { display: grid; grid-template-columns: minmax(5rem, 8rem) 1fr; gap: .25rem 1rem; padding: .5rem 0; }
dl.panel > div + div { border-top: 1px solid var(--line); }
dt { color: var(--muted); }
dd { margin: 0; min-width: 0; }
table { border-collapse: separate; border-spacing: 0; width: 100%; font-variant-numeric: tabular-nums; overflow-wrap: normal; }
caption { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
th, td { text-align: start; vertical-align: top; padding: .5rem .75rem; }
th:first-child { padding-left: 1.1rem; }
td:last-child, th:last-child { padding-right: 1.1rem; }
thead th { color: var(--muted); font-weight: 600; font-size: .88rem; white-space: nowrap; border-bottom: 1px solid var(--line); vertical-align: bottom; }
tbody th { font-weight: 500; }
tbody th, td.text { overflow-wrap: anywhere; min-width: 9rem; }
.scroll[tabindex] { max-height: max(20rem, min(40rem, 85vh)); overflow-y: auto; }
.scroll.whole[tabindex] { max-height: none; }
.scroll[tabindex] thead th { position: sticky; top: 0; background: var(--panel); }

tbody tr + tr > * { border-top: 1px solid var(--line); }
.number { text-align: end; white-space: nowrap; }
.brief { white-space: nowrap; }
.more, .empty { padding: .6rem 1.1rem; color: var(--muted); }
.more { border-top: 1px solid var(--line); }
@media (max-width: 30rem) {
  header, main, footer { padding-left: .8rem; padding-right: .8rem; }
  .finding { padding: .75rem .85rem .85rem; }
  .finding h3 { flex-direction: column; gap: .3rem; align-items: flex-start; }
  th, td { padding: .45rem .5rem; }
  th:first-child { padding-left: .85rem; }
  dl.panel > div { grid-template-columns: 1fr; gap: 0; }
}
`);
