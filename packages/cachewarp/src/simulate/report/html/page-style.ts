/** The whole look of the report: no script, no font and no image from elsewhere. */
export const PAGE_STYLE = `
:root { color-scheme: light dark; --back: #f6f7f9; --card: #fff; --text: #16202c; --soft: #5a6878; --rule: #dfe4ea; --a: #1f5fd0; --b: #0b8577; --c: #c2500d; --rest: #c9d3df; --good: #0b7a4b; --bad: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --back: #10151c; --card: #19212b; --text: #e6ebf1; --soft: #9aa8b8; --rule: #2b3643; --a: #7fb0ff; --b: #4fd1c0; --c: #ff9b57; --rest: #3b4a5b; --good: #57d39a; --bad: #ff8a80; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--back); color: var(--text); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 20px 16px 48px; }
h1 { font-size: 24px; line-height: 1.25; margin: 8px 0 4px; }
h2 { font-size: 17px; margin: 0 0 4px; }
p { margin: 4px 0; }
.soft { color: var(--soft); font-size: 13.5px; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin: 16px 0; }
.tile, section { background: var(--card); border: 1px solid var(--rule); border-radius: 10px; padding: 14px 16px; }
.tile b { display: block; font-size: 26px; line-height: 1.2; font-variant-numeric: tabular-nums; }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 420px), 1fr)); gap: 12px; }
section { margin: 12px 0; min-width: 0; }
.charts section { margin: 0; }
svg { display: block; width: 100%; height: auto; }
svg text { fill: var(--soft); font-size: 11.5px; }
.grid { stroke: var(--rule); }
.line { fill: none; stroke-width: 2.25; stroke-linejoin: round; }
.line.a { stroke: var(--a); } .line.b { stroke: var(--b); } .line.c { stroke: var(--c); }
circle.a { fill: var(--a); } circle.b { fill: var(--b); } circle.c { fill: var(--c); }
.area.rest { fill: var(--rest); } .area.c { fill: var(--c); }
.limit { stroke: var(--soft); stroke-dasharray: 5 4; }
.marked { stroke: var(--text); stroke-opacity: .35; stroke-width: 1.5; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 16px; font-size: 13px; color: var(--soft); }
.legend i { display: inline-block; width: 11px; height: 11px; border-radius: 3px; margin-right: 6px; }
i.a { background: var(--a); } i.b { background: var(--b); } i.c { background: var(--c); } i.rest { background: var(--rest); }
.scroll { overflow-x: auto; margin: 8px -16px 0; padding: 0 16px; }
table { border-collapse: collapse; width: 100%; font-size: 13.5px; }
th { text-align: right; color: var(--soft); font-weight: 500; white-space: nowrap; }
td { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
th, td { padding: 5px 8px; border-bottom: 1px solid var(--rule); }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
td.text, th.text { text-align: left; white-space: normal; }
.numbers th, .numbers td { white-space: normal; }
td.name { font-family: ui-monospace, monospace; white-space: normal; overflow-wrap: anywhere; min-width: 96px; }
.meter { display: block; position: relative; width: 90px; height: 8px; background: var(--rest); border-radius: 4px; overflow: hidden; margin-left: auto; }
.meter i { position: absolute; inset: 0 auto 0 0; background: var(--a); }
.meter u { position: absolute; top: 0; bottom: 0; width: 2px; background: var(--text); }
.good { color: var(--good); } .bad { color: var(--bad); }
pre { background: var(--back); border: 1px solid var(--rule); border-radius: 8px; padding: 12px; overflow-x: auto; font: 13px/1.45 ui-monospace, monospace; }
ul { margin: 6px 0; padding-left: 20px; }
li { overflow-wrap: anywhere; }
@media (max-width: 620px) { th, td { padding: 5px; } .wide { display: none; } main { padding: 12px 12px 32px; } h1 { font-size: 21px; } .tiles { grid-template-columns: 1fr 1fr; gap: 8px; } .tile { padding: 10px 12px; } .tile b { font-size: 22px; } .charts { gap: 10px; } .meter { width: 56px; } }
@media print { body { background: #fff; } section, .tile { break-inside: avoid; } }
`;
