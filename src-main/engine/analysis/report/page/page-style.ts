/** Follows the reader's light or dark scheme, prints on paper. Contrast of text on its ground is at least 4.5. */
export const pageStyle = `
:root { color-scheme: light dark; --paper: #ffffff; --panel: #f6f8fa; --ink: #1f2328; --faint: #59636e; --line: #d1d9e0;
  --mark: #0969da; --other: #9a6700; --gain: #1a7f37; --loss: #cf222e; --third: #8250df; --fourth: #0e7490 }
@media (prefers-color-scheme: dark) {
  :root { --paper: #0d1117; --panel: #151b23; --ink: #f0f6fc; --faint: #9198a1; --line: #3d444d;
    --mark: #4493f8; --other: #d29922; --gain: #3fb950; --loss: #f85149; --third: #ab7df8; --fourth: #39c5cf }
}
@media print {
  :root { color-scheme: light; --paper: #ffffff; --panel: #ffffff; --ink: #000000; --faint: #444444; --line: #bbbbbb;
    --mark: #0550ae; --other: #7d4e00; --gain: #116329; --loss: #a40e26; --third: #6639ba; --fourth: #0b5566 }
}
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif }
main { max-width: 1040px; margin: 0 auto; padding: 28px 24px 64px }
h1 { font-size: 26px; line-height: 1.25; margin: 0 0 4px }
h2 { font-size: 18px; margin: 40px 0 10px; padding-bottom: 6px; border-bottom: 1px solid var(--line) }
h3 { font-size: 15px; margin: 22px 0 6px }
p { margin: 8px 0; max-width: 78ch }
ul { margin: 8px 0; padding-left: 20px; max-width: 84ch }
li { margin: 4px 0 }
.note, .under, .about { color: var(--faint) }
.note { font-size: 13px }
.about { max-width: none }
.paper { display: inline-block; border: 1px solid var(--line); border-radius: 4px; padding: 0 6px; font-size: 13px; color: var(--faint) }
.cards { display: grid; grid-template-columns: repeat(auto-fill, minmax(148px, 1fr)); gap: 10px; margin: 20px 0 8px; padding: 0 }
.card { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: 10px 12px; margin: 0 }
.card dt { color: var(--faint); font-size: 13px }
.card dd { margin: 0 }
.card .figure { font-size: 21px; line-height: 1.35; font-weight: 600; font-variant-numeric: tabular-nums }
.card .under { font-size: 12px }
.gain { color: var(--gain) }
.loss { color: var(--loss) }
.scroll { overflow-x: auto; margin: 10px 0 }
.scroll:focus-visible { outline: 2px solid var(--mark); outline-offset: 2px }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(420px, 100%), 1fr)); gap: 0 28px; align-items: start }
table { border-collapse: collapse; min-width: 100%; font-size: 13.5px; font-variant-numeric: tabular-nums }
caption { text-align: left; color: var(--faint); font-size: 13px; padding-bottom: 4px }
th, td { padding: 4px 8px; border-bottom: 1px solid var(--line); text-align: right; white-space: nowrap; font-weight: 400 }
thead th { color: var(--faint); font-size: 12.5px; vertical-align: bottom }
th:first-child { text-align: left; padding-left: 0 }
.wrap td, .wrap thead th { text-align: left; white-space: normal; overflow-wrap: anywhere }
svg { display: block; width: 100%; min-width: 620px; height: auto }
svg text { font: 12px system-ui, 'Segoe UI', Roboto, Helvetica, Arial, sans-serif; fill: var(--ink) }
svg .axis { fill: var(--faint); font-size: 12px; font-variant-numeric: tabular-nums }
svg .strong { font-weight: 600 }
svg .faint { fill: var(--faint) }
svg .small { font-size: 10px }
svg .tiny { font-size: 9px }
.rule { stroke: var(--line); stroke-width: 0.6 }
.base, .frame { stroke: var(--line); fill: none }
.diagonal { stroke: var(--faint); stroke-dasharray: 4 4 }
.gap { stroke: var(--mark); stroke-opacity: 0.5 }
.dot { fill: var(--mark) }
.few { fill: var(--paper); stroke: var(--mark) }
.line { fill: none; stroke-width: 1.7; stroke-linejoin: round }
.line.mark { stroke: var(--mark) }
.line.other { stroke: var(--other) }
.line.third { stroke: var(--third) }
.line.fourth { stroke: var(--fourth) }
.line.fifth { stroke: var(--gain) }
.line.sixth { stroke: var(--loss) }
.line.loss { stroke: var(--loss) }
.line.faintline { stroke: var(--faint); stroke-width: 1.1 }
.line.dashed { stroke-dasharray: 6 4 }
.range { fill: var(--faint); fill-opacity: 0.18 }
.lossband { fill: var(--loss); fill-opacity: 0.16 }
.markband { fill: var(--mark); fill-opacity: 0.16 }
svg .bar { fill: var(--mark); fill-opacity: 0.5 }
.gainbar { fill: var(--gain); fill-opacity: 0.6 }
.lossbar { fill: var(--loss); fill-opacity: 0.6 }
.tie { stroke-width: 1; stroke-opacity: 0.55 }
.gain .tie, .gain .exit { stroke: var(--gain) }
.loss .tie, .loss .exit { stroke: var(--loss) }
.gain .exit { fill: var(--gain) }
.loss .exit { fill: none; stroke-width: 2 }
.entry { fill: var(--mark) }
@media print {
  main { max-width: none; padding: 0 }
  h2, h3 { break-after: avoid-page }
  .card, svg, tr { break-inside: avoid-page }
  svg { min-width: 0 }
  .columns { grid-template-columns: 1fr 1fr }
  .scroll { overflow: visible }
}
`
