// The style sheet of the inbox page: light and dark, from a phone to a wide screen.

const LIGHT =
  '--page:#f5f6f8;--panel:#fff;--text:#1b2230;--muted:#545e70;--line:#d9dee6;--link:#0b57b0;--code:#eef1f5;' +
  '--critical:#b3261e;--warning:#8a5300;--ok:#1a6b3b;--on:#fff;--wait:#c3cad6;--press:#fdecea';
const DARK =
  '--page:#11151c;--panel:#191f29;--text:#e4e8ef;--muted:#a3adbd;--line:#2e3746;--link:#8fbcff;' +
  '--code:#262e3b;--critical:#ffb0a8;--warning:#f2c46d;--ok:#8fd6a8;--on:#10151d;--wait:#465266;--press:#3a1f22';

const FRAME = `
:root { color-scheme: light dark; ${LIGHT} }
@media (prefers-color-scheme: dark) { :root { ${DARK} } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text);
  font: 1rem/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, "PingFang SC",
  "Microsoft YaHei", "WenQuanYi Micro Hei", sans-serif; overflow-wrap: anywhere; }
.top, main, footer { max-width: 84rem; margin: 0 auto; padding: 0 1.25rem; }
.top { padding-top: 1.5rem; }
main { padding-bottom: 2rem; }
footer { padding-bottom: 2.5rem; font-size: .9rem; }
h1, h2, h3, p, ul, ol { margin: 0; }
h1 { font-size: 1.5rem; line-height: 1.3; } h1 span { font-weight: 400; color: var(--muted); }
h2 { font-size: 1.15rem; }
ul, ol { list-style: none; padding: 0; }
a { color: var(--link); text-underline-offset: .15em; }
:is(a, button, input):focus-visible, label:has(:focus-visible) { outline: 3px solid var(--link);
  outline-offset: 2px; border-radius: 4px; }
code { font: .88em/1.4 ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace;
  background: var(--code); padding: .1em .35em; border-radius: 4px; }
.muted { color: var(--muted); }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
section { margin-top: 1.75rem; }
.slot:not(:empty) + .empty { display: none; }
.empty { color: var(--muted); padding: 1rem 0; }
.gone { margin-top: 1rem; padding: .6rem .9rem; border-radius: 8px; background: var(--critical); color: var(--on); }
.parts { display: flex; flex-wrap: wrap; gap: .35rem 1.25rem; margin-top: .9rem; font-size: .92rem; }
.parts li::before { content: ""; display: inline-block; width: .6rem; height: .6rem; border-radius: 50%;
  background: var(--ok); margin-right: .4rem; }
.parts .up .state { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
.parts .down { color: var(--critical); font-weight: 600; }
.parts .down::before { background: none; border: 2px solid var(--critical); }
.controls { margin-top: 1rem; position: sticky; top: 0; z-index: 1; background: var(--page);
  padding: .6rem 0; border-bottom: 1px solid var(--line); }
.buttons { display: flex; flex-wrap: wrap; gap: .5rem; }
button { font: inherit; color: inherit; background: var(--panel); border: 1px solid var(--line);
  border-radius: 8px; padding: .45rem .8rem; cursor: pointer; }
button:hover { border-color: var(--muted); }
button kbd { font: 600 .8rem/1 ui-monospace, Menlo, Consolas, monospace; background: var(--code);
  border: 1px solid var(--line); border-radius: 4px; padding: .15rem .35rem; margin-right: .35rem; }
button[aria-pressed=true] { background: var(--press); border-color: var(--critical); color: var(--critical);
  font-weight: 600; }
button[aria-busy=true] { opacity: .6; cursor: progress; }
.repair { margin-left: auto; }
.repair[data-state=ready] { background: var(--ok); border-color: var(--ok); color: var(--on); font-weight: 600; }
.repair[data-state=ready] kbd { background: none; border-color: currentColor; }
#said { min-height: 1.5rem; margin-top: .4rem; font-size: .95rem; }
`;

const JOURNEYS = `
.journey { background: var(--panel); border: 1px solid var(--line); border-radius: 10px;
  padding: .9rem 1.1rem; margin-top: .75rem; }
.journey h3 { font-size: 1rem; display: flex; flex-wrap: wrap; gap: .25rem .6rem; align-items: baseline; }
.summary { font-weight: 400; color: var(--muted); font-size: .95rem; }
.journey .note { font-size: .92rem; }
.note { margin-top: .5rem; }
.badge { background: var(--muted); color: var(--on); font-size: .78rem; font-weight: 600;
  padding: .1rem .55rem; border-radius: 1rem; }
.badge.critical { background: var(--critical); } .badge.warning { background: var(--warning); }
  .badge.resolved { background: var(--ok); }
.hops { --dot: var(--warning); display: grid; grid-template-columns: repeat(6, minmax(0, 1fr)); margin-top: .7rem; }
.hops > .hop-seen, .hops > .hop-mended { grid-column: 2; } .hops > .hop-pending { grid-column: 3; }
  .hops > .hop-firing { grid-column: 4; } .hops > .hop-gone { grid-column: 3 / 5; }
  .hops > .hop-accepted { grid-column: 5; } .hops > .hop-delivered { grid-column: 6; }
.hops > li { grid-row: 1; }
.hops[aria-label=All-clear] { --dot: var(--ok); }
.journey.critical .hops[aria-label=Alarm] { --dot: var(--critical); }
.hops > li { position: relative; padding: 1.15rem .6rem 0 0; font-size: .92rem; }
.hops > li::before { content: ""; position: absolute; z-index: 1; top: .1rem; left: 0; width: .8rem;
  height: .8rem; border-radius: 50%; background: var(--dot); }
.hops > li::after { content: ""; position: absolute; top: .42rem; left: 0; right: 0; height: .16rem;
  background: var(--dot); }
.hops > li:last-child::after { right: auto; width: .5rem; }
.hops > .waiting::before { background: var(--panel); border: 2px solid var(--wait); }
.hops > .waiting::after, .hops > li:has(+ .waiting)::after { background: var(--wait); }
.hops > .done + .waiting::before { animation: waiting 1.2s infinite alternate; border-color: var(--dot); }
@keyframes waiting { to { opacity: .25; } }
@media (prefers-reduced-motion: reduce) { .hops > .done + .waiting::before { animation: none; } }
.hops > .waiting b { color: var(--muted); font-weight: 400; }
.time { font-variant-numeric: tabular-nums; white-space: nowrap; }
.hops > li > .time { display: block; }
.detail { display: block; color: var(--muted); font-size: .8rem; line-height: 1.35; margin-top: .1rem; }
.channels { font-size: .82rem; line-height: 1.35; } .channels li { display: flex;
  justify-content: space-between; gap: .5rem; max-width: 10rem; }
.channels .waiting { color: var(--muted); }
@media (max-width: 56rem) {
  .hops { display: block; }
  .hops > li { padding: 0 0 .55rem 1.5rem; }
  .hops > li::before { top: .3rem; }
  .hops > li::after, .hops > li:last-child::after { top: .6rem; bottom: -.4rem; left: .32rem; right: auto;
    width: .16rem; height: auto; }
  .hops > li:last-child::after { display: none; }
  .hops > li > .time { display: inline; margin-left: .3rem; }
  .channels li { max-width: 12rem; }
}
`;

const MESSAGES = `
.inbox-head { display: flex; flex-wrap: wrap; gap: .5rem 1.5rem; align-items: center; }
.filter { border: 0; margin: 0; padding: 0; display: flex; flex-wrap: wrap; gap: .3rem; min-width: 0; }
.filter label { border: 1px solid var(--line); border-radius: 1rem; padding: .15rem .75rem; font-size: .9rem;
  background: var(--panel); cursor: pointer; }
.filter label:has(:checked) { background: var(--text); color: var(--page); border-color: var(--text); }
.filter input { position: absolute; opacity: 0; }
#messages { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 24rem), 1fr));
  column-gap: .9rem; align-items: start; margin-top: .75rem; }
#messages.bricks { grid-auto-rows: 1px; }
#messages[data-only=mail] > :not(.mail), #messages[data-only=slack] > :not(.slack),
  #messages[data-only=dingtalk] > :not(.dingtalk), #messages[data-only=wecom] > :not(.wecom),
  #messages[data-only=feishu] > :not(.feishu) { display: none; }
.message { --brand: #6b7280; background: var(--panel); border: 1px solid var(--line);
  border-top: 3px solid var(--brand); border-radius: 10px; overflow: hidden; min-width: 0; }
.mail { --brand: #4a6fa5; } .slack { --brand: #611f69; } .dingtalk { --brand: #3296fa; }
  .wecom { --brand: #07c160; } .feishu { --brand: #00b2a9; }
.message > header { display: flex; flex-wrap: wrap; gap: .1rem .75rem; align-items: baseline;
  padding: .55rem .9rem; border-bottom: 1px solid var(--line); font-size: .88rem; }
.message h3 { font-size: .95rem; margin-right: auto; } .message h3 span { font-weight: 400; }
.ok { color: var(--ok); } .ok::before { content: "✓ "; } .bad { color: var(--critical); font-weight: 600; }
.story { flex-basis: 100%; color: var(--muted); } .story b { color: var(--text);
  font-variant-numeric: tabular-nums; } .story span { display: block; }
.body { padding: .7rem .9rem .9rem; font-size: .93rem; }
.body p + p, .body hr + p, .body p + hr { margin-top: .55rem; }
.body hr { border: 0; border-top: 1px solid var(--line); margin: .55rem 0 0; }
.heading { font-weight: 700; font-size: 1.02rem; line-height: 1.4; }
.mention { background: #1d9bd133; color: var(--link); border-radius: 4px; padding: 0 .2em; font-weight: 600; }
.bar { border-left: 4px solid var(--bar); padding-left: .8rem; margin-top: .55rem; }
.feishu .body { padding-top: 0; }
.card-head { background: var(--head); color: #fff; font-weight: 600; margin: 0 -.9rem; padding: .55rem .9rem; }
.body .card-head + p { margin-top: .7rem; }
iframe { border: 0; width: 100%; height: 22rem; display: block; border-radius: 6px; margin-top: .5rem;
  background: #f3f4f6; }
pre { white-space: pre-wrap; margin: 0; font-size: .85rem; }
@media (max-width: 30rem) { .top, main, footer { padding-left: .8rem; padding-right: .8rem; }
  button { padding: .4rem .55rem; font-size: .92rem; } .controls { position: static; }
  .repair { margin-left: 0; } }
`;

export const STYLE = FRAME + JOURNEYS + MESSAGES;
