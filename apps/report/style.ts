/**
 * How the page looks: quiet paper by day, dim ink by night, one column that nothing leaves. The colours --c0 to --c9 of curves
 * were chosen by search: a contrast of 3 to the card, and far apart with and without any one kind of cone.
 */
export const style: string = `
:root {
  --paper: #fbfaf7; --card: #ffffff; --ink: #23262b; --soft: #62686f; --line: #e2dfd8; --link: #0b6470;
  --good: #17693c; --bad: #9a3412; --best: #0b6470; --good-wash: #e9f4ec; --bad-wash: #fbeee6; --best-wash: #e4f2f3;
  --c0: #102f50; --c1: #a66200; --c2: #008967; --c3: #da62aa; --c4: #8f9c00;
  --c5: #229cd9; --c6: #9e0200; --c7: #5d0d87; --c8: #51565b; --c9: #59071a;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14171b; --card: #1a1e23; --ink: #dde1e6; --soft: #9aa2ac; --line: #2d333a; --link: #6cc5d1;
    --good: #7fd6a0; --bad: #f3a87c; --best: #7fd0db; --good-wash: #17281f; --bad-wash: #2d2018; --best-wash: #15272b;
    --c0: #2793fb; --c1: #f4ae13; --c2: #23e89d; --c3: #b46db9; --c4: #f3f651;
    --c5: #b5fefa; --c6: #fe6c63; --c7: #c4b7ed; --c8: #606f75; --c9: #b64c00;
  }
}
* { box-sizing: border-box; }
html { scroll-behavior: smooth; scroll-padding-top: 1rem; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
body {
  margin: 0; padding: 0 clamp(1rem, 4vw, 2.5rem) 4rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif;
  overflow-wrap: break-word;
}
header, main { max-width: 68rem; margin: 0 auto; }
header { padding: 3rem 0 1rem; }
h1 { margin: 0; font-size: 2.1rem; letter-spacing: -0.02em; font-weight: 650; }
header p { margin: 0.2rem 0 0; color: var(--soft); }
nav ul { list-style: none; margin: 1rem 0 0; padding: 0; display: flex; flex-wrap: wrap; gap: 0.3rem 1.4rem; }
a { color: var(--link); text-underline-offset: 0.2em; }
:focus-visible { outline: 2px solid var(--link); outline-offset: 2px; }
section { margin-top: 2.2rem; padding-top: 1.6rem; border-top: 1px solid var(--line); }
h2 { margin: 0 0 0.8rem; font-size: 1.4rem; letter-spacing: -0.01em; font-weight: 620; }
p { max-width: 46rem; margin: 0.6rem 0; }
figure { margin: 1.8rem 0; min-width: 0; }
figcaption, summary { font-weight: 600; margin-bottom: 0.5rem; max-width: 46rem; }
details { margin: 1.2rem 0; }
summary { cursor: pointer; color: var(--soft); font-weight: 500; }
.scroll { overflow-x: auto; border: 1px solid var(--line); border-radius: 8px; background: var(--card); }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; font-size: 0.94rem; }
th, td { padding: 0.5rem 0.85rem; text-align: right; vertical-align: top; border-top: 1px solid var(--line); }
th:first-child, td:first-child { text-align: left; }
td { white-space: nowrap; }
td.words, th.words { white-space: normal; text-align: left; min-width: 14rem; }
tbody th { font-weight: 550; white-space: nowrap; }
thead th { color: var(--soft); font-weight: 550; border-top: 0; white-space: nowrap; vertical-align: bottom; }
tbody tr:hover { background: color-mix(in srgb, var(--line) 25%, transparent); }
tbody th { position: sticky; left: 0; background: var(--card); }
small { display: block; color: var(--soft); font-size: 0.8rem; font-weight: 400; }
.good { background: var(--good-wash); } .bad { background: var(--bad-wash); } .best { background: var(--best-wash); font-weight: 600; }
.sign { font-size: 0.8em; }
.good .sign { color: var(--good); } .bad .sign { color: var(--bad); } .best .sign { color: var(--best); }
.charts { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 29rem), 1fr)); gap: 1.2rem; margin: 1.6rem 0; }
.chart { margin: 0; padding: 0.9rem 0.9rem 0.6rem; border: 1px solid var(--line); border-radius: 8px; background: var(--card); overflow: hidden; }
.chart figcaption { font-size: 0.95rem; }
.pictures th, .pictures td { text-align: center; white-space: normal; }
ul.pictures { list-style: none; margin: 0; padding: 0.3rem; display: grid; grid-template-columns: repeat(auto-fill, minmax(8rem, 1fr)); border: 1px solid var(--line); border-radius: 8px; background: var(--card); }
ul.pictures li { padding: 0.5rem 0.2rem; text-align: center; font-size: 0.88rem; }
ul.pictures b { display: block; margin-bottom: 0.3rem; color: var(--soft); font-weight: 550; }
.pictures img { display: block; margin: 0 auto 0.3rem; width: 96px; height: 96px; image-rendering: pixelated; border-radius: 4px; }
.pictures small { white-space: normal; max-width: 9rem; margin: 0 auto; }
.uplot { font-family: inherit; width: 100%; }
.u-legend { text-align: left; font-size: 0.82rem; line-height: 1.5; }
.u-inline tr { margin-right: 1rem; }
.u-legend th, .u-legend td { border: 0; padding: 0.1rem 0.25rem; vertical-align: middle; font-weight: 450; }
.u-legend tr:hover { background: none; }
.u-legend .u-value { min-width: 5.2em; display: inline-block; text-align: left; }
.u-legend .u-marker { width: 2.6em; height: 3px; margin-right: 0.6em; }
.u-legend .u-hidden { display: none; }
.uplot .u-cursor-x, .uplot .u-cursor-y { border-color: var(--soft); }
@media (max-width: 40rem) { tbody th { white-space: normal; min-width: 6.5rem; } th, td { padding: 0.45rem 0.6rem; } .pictures th, .pictures td { padding-inline: 0.3rem; } header { padding-top: 1.6rem; } }
@media print { body { background: #fff; } .chart, .scroll { break-inside: avoid; } }
`;
