/** The report's only style sheet: light and dark by the reader's choice, and a calm page on paper. */
export const style = `
:root {
  color-scheme: light dark;
  --paper: #fbfbf9; --card: #ffffff; --ink: #1d2733; --muted: #5c6a79; --line: #dfe3e8; --accent: #0b6e74;
  --accent-soft: #d5ecec; --good: #1d7a46; --bad: #b3382c; --warn: #8a5a00; --shade: 11, 110, 116;
  --c0: #0b7285; --c1: #c2571a; --c2: #5f3dc4; --c3: #2b8a3e; --c4: #c2255c; --c5: #1864ab; --c6: #8a6d00; --c7: #495057;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #12171d; --card: #1a2129; --ink: #e6ebf0; --muted: #9aa8b6; --line: #2f3a45; --accent: #4cc5cb;
    --accent-soft: #17393c; --good: #63c98c; --bad: #ff8a7d; --warn: #e0b04c; --shade: 76, 197, 203;
    --c0: #3bc9db; --c1: #ffa262; --c2: #b197fc; --c3: #69db7c; --c4: #f783ac; --c5: #74c0fc; --c6: #e5c100; --c7: #adb5bd;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, -apple-system, 'Segoe UI', Roboto, 'Noto Sans', sans-serif;
}
main, header, footer { max-width: 68rem; margin: 0 auto; padding: 0 1.5rem; }
header { padding-top: 2.5rem; }
.brand { color: var(--accent); font-weight: 650; letter-spacing: 0.04em; font-size: 0.85rem; text-transform: uppercase; }
h1 { font-size: 2rem; line-height: 1.2; margin: 0.25rem 0 0.4rem; letter-spacing: -0.015em; }
.subtitle { color: var(--muted); margin: 0 0 1.6rem; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(9.6rem, 1fr)); gap: 0.8rem; margin: 0; }
.tile { background: var(--card); border: 1px solid var(--line); border-radius: 12px; padding: 0.9rem 1.1rem 1rem; }
.tile dt { color: var(--muted); font-size: 0.84rem; }
.tile dd { margin: 0.1rem 0 0; }
.tile .value { font-size: 1.55rem; font-weight: 650; letter-spacing: -0.02em; font-variant-numeric: tabular-nums; display: block; }
.tile .note { color: var(--muted); font-size: 0.82rem; line-height: 1.35; display: block; margin-top: 0.15rem; }
.badge {
  display: inline-block; border-radius: 999px; padding: 0.1rem 0.65rem; font-size: 0.8rem; font-weight: 600;
  background: var(--accent-soft); color: var(--accent); vertical-align: middle;
}
.badge.good { color: var(--good); background: color-mix(in srgb, var(--good) 14%, transparent); }
.badge.bad { color: var(--bad); background: color-mix(in srgb, var(--bad) 14%, transparent); }
.badge.estimate { color: var(--warn); background: color-mix(in srgb, var(--warn) 16%, transparent); }
section {
  background: var(--card); border: 1px solid var(--line); border-radius: 14px; padding: 1.4rem 1.6rem 1.6rem; margin: 1.2rem 0;
}
h2 { font-size: 1.2rem; margin: 0 0 0.3rem; letter-spacing: -0.01em; }
h3 { font-size: 1rem; margin: 1.4rem 0 0.4rem; }
h3 .muted { font-weight: 400; font-size: 0.88rem; }
.lead { color: var(--muted); margin: 0 0 1rem; max-width: 52rem; }
svg { display: block; width: 100%; height: auto; overflow: visible; }
svg text { fill: var(--muted); font-size: 11px; font-variant-numeric: tabular-nums; font-family: inherit; }
svg text.strong { fill: var(--ink); font-weight: 600; }
svg text.inside { fill: var(--ink); font-size: 10px; }
svg .grid { stroke: var(--line); stroke-width: 1; }
svg .axis { stroke: var(--muted); stroke-width: 1; }
svg .limit { stroke: var(--bad); stroke-width: 1.5; stroke-dasharray: 5 4; }
figure { margin: 0.6rem 0 0; }
figcaption { color: var(--muted); font-size: 0.86rem; margin-top: 0.5rem; }
.legend { display: flex; flex-wrap: wrap; gap: 0.3rem 1.2rem; margin: 0.6rem 0 0; padding: 0; list-style: none; font-size: 0.86rem; }
.legend i { display: inline-block; width: 0.8em; height: 0.8em; border-radius: 3px; margin-right: 0.45em; vertical-align: -0.05em; }
.two { display: grid; grid-template-columns: repeat(auto-fit, minmax(22rem, 1fr)); gap: 1.6rem; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-size: 0.88rem; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--muted); padding: 0.4rem 0; font-size: 0.84rem; }
th, td { text-align: left; padding: 0.32rem 0.7rem 0.32rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
thead th { color: var(--muted); font-weight: 600; white-space: nowrap; }
tbody th { font-weight: 500; }
.number { text-align: right; white-space: nowrap; }
details { margin-top: 1rem; }
summary { cursor: pointer; color: var(--accent); font-size: 0.9rem; }
summary:focus-visible, .scroll:focus-visible { outline: 2px solid var(--accent); outline-offset: 3px; border-radius: 4px; }
.confusion { border-collapse: separate; border-spacing: 2px; width: auto; font-size: 0.8rem; }
.confusion td, .confusion thead th.c { text-align: center; border: 0; padding: 0; }
.confusion td { min-width: 2.4rem; height: 2.1rem; border-radius: 5px; vertical-align: middle; }
.confusion td.zero { color: transparent; background: color-mix(in srgb, var(--line) 38%, transparent); }
.confusion thead th.c { height: 7.2rem; vertical-align: bottom; white-space: nowrap; }
.confusion thead th.c span { writing-mode: vertical-rl; transform: rotate(180deg); }
.confusion tbody th { border: 0; padding: 0 0.6rem 0 0; vertical-align: middle; text-align: right; white-space: nowrap; }
.samples { display: grid; grid-template-columns: repeat(auto-fill, minmax(7.6rem, 1fr)); gap: 0.9rem; margin: 0; padding: 0; list-style: none; }
.samples li { font-size: 0.82rem; line-height: 1.3; }
.samples img { width: 100%; aspect-ratio: 1; object-fit: contain; image-rendering: pixelated; border-radius: 8px; border: 1px solid var(--line); background: var(--paper); display: block; margin-bottom: 0.3rem; }
.samples .muted { display: block; }
.samples .wrong img { border: 2px solid var(--bad); }
.good-text { color: var(--good); } .bad-text { color: var(--bad); }
.muted { color: var(--muted); }
code { font-family: ui-monospace, 'SF Mono', Menlo, Consolas, monospace; font-size: 0.86em; overflow-wrap: anywhere; }
footer { color: var(--muted); font-size: 0.84rem; padding-bottom: 2.5rem; }
@media print {
  :root { --paper: #fff; --card: #fff; --ink: #000; --muted: #444; --line: #ccc; }
  body { font-size: 10.5pt; }
  section { break-inside: avoid; border: 0; border-top: 1px solid var(--line); border-radius: 0; padding: 0.8rem 0; margin: 0.4rem 0; }
  details > summary { display: none; }
  .scroll { overflow: visible; }
  * { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
}
@media (max-width: 40rem) { main, header, footer { padding-left: 1rem; padding-right: 1rem; } section { padding: 1rem; } .two { grid-template-columns: 1fr; } }
`;
