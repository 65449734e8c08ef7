/** Milliseconds of a step over the number of parameters, both logarithmic: one SVG that reads by day and by night. */
import { DIMENSIONS, N, nameOf } from "./plan.ts";
import type { Results } from "./results.ts";
import { nameOfWay, WAYS, type Way } from "./step.ts";
import { FLOOR, PUBLISHED, spoken } from "./tables.ts";

/** One line of the chart; dashed: in place, or freed pages kept. */
interface Line {
  readonly variant: string;
  readonly colour: string;
  readonly dashed: boolean;
}

interface Point {
  readonly d: number;
  readonly ms: number;
}

interface Curve extends Line {
  readonly points: readonly Point[];
}

const colourOf = ({ backend, directions }: Way): string => `${backend}-${directions}`;
const LINES: readonly Line[] = [
  ...WAYS.map((way) => ({ variant: nameOfWay(way), colour: colourOf(way), dashed: !way.copy })),
  ...PUBLISHED.map((variant, i) => ({ variant, colour: "published", dashed: i > 0 })),
  { variant: FLOOR, colour: "floor", dashed: false },
];

/** By day and by night, as on the report page: contrast 3 to the ground, and apart without any one kind of cone. */
const COLOURS: Readonly<Record<string, readonly [day: string, night: string]>> = {
  "wasm-rademacher": ["#102f50", "#2793fb"],
  "wasm-gaussian": ["#008967", "#23e89d"],
  "js-rademacher": ["#a66200", "#f4ae13"],
  "js-gaussian": ["#da62aa", "#d58fe0"],
  published: ["#9e0200", "#fe6c63"],
  floor: ["#62686f", "#9aa2ac"],
};

const SIZE = { width: 960, height: 560 } as const;
/** Where the plot lies; the legend is right of it. */
const PLOT = { left: 78, right: 650, top: 62, bottom: 502 } as const;

const STYLE = ((): string => {
  const set = (at: 0 | 1): string =>
    Object.entries(COLOURS)
      .map(([name, pair]) => `.${name}{--c:${pair[at]}}`)
      .join("");
  return [
    "svg{--ground:#fff;--ink:#23262b;--soft:#62686f;--grid:#e6e3dc}",
    set(0),
    `@media(prefers-color-scheme:dark){svg{--ground:#14171b;--ink:#dde1e6;--soft:#9aa2ac;--grid:#2d333a}${set(1)}}`,
    ".ground{fill:var(--ground)}",
    'text{fill:var(--ink);font:13px system-ui,-apple-system,"Segoe UI",Roboto,"Noto Sans","Liberation Sans",sans-serif}',
    ".title{font-size:16px;font-weight:600}.soft{fill:var(--soft)}.grid{stroke:var(--grid)}",
    ".line{fill:none;stroke:var(--c);stroke-width:2;stroke-linejoin:round}.dashed{stroke-dasharray:6 4}",
    ".dot{fill:var(--c);stroke:var(--c);stroke-width:1.5}.dot.hollow{fill:var(--ground)}",
    ".line.floor{stroke-width:1.5;stroke-dasharray:1.5 3}",
  ].join("\n");
})();

export function chart({ cells }: Results): string {
  const curves = LINES.map((line): Curve => {
    const points = DIMENSIONS.flatMap((d): Point[] => {
      const ms = cells[nameOf({ kind: "step", d, n: N })]?.times?.[line.variant]?.median;
      return ms === undefined ? [] : [{ d, ms }];
    });
    return { ...line, points };
  }).filter(({ points }) => points.length > 0);
  const all = curves.flatMap(({ points }) => points.map(({ ms }) => Math.log10(ms)));
  const [low, high] = [Math.floor(Math.min(...all, 0)), Math.ceil(Math.max(...all, 1))];
  const x = scale([3, 8], [PLOT.left + 12, PLOT.right - 12]);
  const y = scale([low, high], [PLOT.bottom, PLOT.top]);
  const parts = [
    `<text class="title" x="${PLOT.left}" y="26">One step over seeds: n = ${N}, float32, one core</text>`,
    `<text class="soft" x="${PLOT.left}" y="45">solid: with a copy of the parameters; dashed: in place, or freed pages kept</text>`,
    ...exponents(low, high).map((e) => horizontal(e, y(10 ** e))),
    ...exponents(3, 8).map((e) => vertical(e, x(10 ** e))),
    `<text class="soft" x="${(PLOT.left + PLOT.right) / 2}" y="${SIZE.height - 16}" text-anchor="middle">parameters d</text>`,
    `<text class="soft" transform="translate(20 ${(PLOT.top + PLOT.bottom) / 2}) rotate(-90)" text-anchor="middle">milliseconds a step, median</text>`,
    ...curves.map((curve) => drawn(curve, x, y)),
    ...legend(curves),
  ];
  const label = `Milliseconds of one step over the number of parameters, ${curves.length} lines`;
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${SIZE.width} ${SIZE.height}" role="img" aria-label="${label}">
<style>
${STYLE}
</style>
<rect class="ground" width="${SIZE.width}" height="${SIZE.height}" rx="8"/>
${parts.join("\n")}
</svg>
`;
}

type Scale = (value: number) => number;

/** Logarithmic: from exponents of ten to a length on the page. */
function scale([from, to]: readonly [number, number], [begin, end]: readonly [number, number]): Scale {
  return (value) => Number((begin + ((Math.log10(value) - from) / (to - from)) * (end - begin)).toFixed(1));
}

const exponents = (from: number, to: number): number[] =>
  Array.from({ length: to - from + 1 }, (_, i) => from + i);

function horizontal(e: number, y: number): string {
  const value = (10 ** e).toLocaleString("en", { maximumFractionDigits: 6 });
  return `<path class="grid" d="M${PLOT.left} ${y}H${PLOT.right}"/><text class="soft" x="${PLOT.left - 8}" y="${y + 4}" text-anchor="end">${value}</text>`;
}

function vertical(e: number, x: number): string {
  const value = e < 6 ? (10 ** e).toLocaleString("en") : `${10 ** (e - 6)} million`;
  return `<path class="grid" d="M${x} ${PLOT.top}V${PLOT.bottom}"/><text class="soft" x="${x}" y="${PLOT.bottom + 20}" text-anchor="middle">${value}</text>`;
}

const lineClass = ({ colour, dashed }: Line): string => `line ${colour}${dashed ? " dashed" : ""}`;

function dot({ colour, dashed }: Line, x: number, y: number, title = ""): string {
  if (colour === "floor") return "";
  return `<circle class="dot ${colour}${dashed ? " hollow" : ""}" cx="${x}" cy="${y}" r="3">${title}</circle>`;
}

function drawn(curve: Curve, x: Scale, y: Scale): string {
  const path = curve.points.map(({ d, ms }, i) => `${i === 0 ? "M" : "L"}${x(d)} ${y(ms)}`).join("");
  const dots = curve.points.map(({ d, ms }) =>
    dot(curve, x(d), y(ms), `<title>${curve.variant}, d = ${d}: ${Number(ms.toPrecision(3))} ms</title>`),
  );
  return `<path class="${lineClass(curve)}" d="${path}"/>${dots.join("")}`;
}

/** In the order of the lines where most of them are: at ten million. */
function legend(curves: readonly Curve[]): string[] {
  const at = ({ points }: Curve): number => points.find(({ d }) => d === 1e7)?.ms ?? points.at(-1)!.ms;
  const left = PLOT.right + 18;
  return [...curves]
    .sort((a, b) => at(b) - at(a))
    .map((curve, i) => {
      const y = PLOT.top + 12 + 24 * i;
      return `<path class="${lineClass(curve)}" d="M${left} ${y}h34"/>${dot(curve, left + 17, y)}<text x="${left + 42}" y="${y + 4}">${spoken(curve.variant)}</text>`;
    });
}
