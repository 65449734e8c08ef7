/** The part of docs/performance.md that is measured: tables in Markdown, between two markers. */

import { BYTES } from "../bandwidth.ts";
import { goals } from "./goals.ts";
import { COPY, QUESTIONS, TRIAD } from "./kernels.ts";
import { CASES, caseName, MEMORY_GOAL } from "./memory.ts";
import { PYTORCH } from "./mezo.ts";
import { type Cell, DIMENSIONS, LARGE, N, nameOf, PLAN, power, SAMPLES } from "./plan.ts";
import type { Result, Results } from "./results.ts";
import { nameOfWay, WAYS } from "./step.ts";
import { FLOOR, PUBLISHED, spoken } from "./tables.ts";

const BEGIN = "<!-- measured: npm run bench -- scaling --write -->";
const END = "<!-- end of what is measured -->";

/** @throws Error where the markers are not there */
export function insert(text: string, measured: string): string {
  const [begin, end] = [text.indexOf(BEGIN), text.indexOf(END)];
  if (!(begin >= 0 && end > begin)) throw new Error(`the page needs the lines ${BEGIN} and ${END}`);
  return `${text.slice(0, begin + BEGIN.length)}\n\n${measured}\n\n${text.slice(end)}`;
}

export function page(results: Results): string {
  return [stepPart(results), mezoPart(results), kernelPart(results), memoryPart(results)].join("\n\n");
}

function stepPart(results: Results): string {
  const first = results.cells[nameOf({ kind: "step", d: LARGE, n: N })];
  return [
    "## One step over seeds",
    "![Milliseconds of a step over the number of parameters, a line for each variant](scaling.svg)",
    ...(first ? [overview(first), bullets(goals(first))] : []),
    ...[N, ...SAMPLES.filter((n) => n !== N)].flatMap((n) => {
      const cells = DIMENSIONS.map((d): Cell => ({ kind: "step", d, n }));
      const rows = [...WAYS.map(nameOfWay), ...PUBLISHED, FLOOR];
      return [
        `**n = ${n}:** median milliseconds by d, in brackets times the floor of ${n + 1} copies`,
        byDimension(results, cells, rows, [FLOOR]),
        leftOut(results, cells),
      ];
    }),
    provenance(results, "step"),
  ]
    .filter((block) => block !== "")
    .join("\n\n");
}

/** The cell of the goals, with the rivals' times in ours. */
function overview({ times = {} }: Result): string {
  const ms = (variant: string): number | undefined => times[variant]?.median;
  const ratio = (theirs: number | undefined, ours: number): string =>
    theirs === undefined ? "" : figure(theirs / ours);
  const rows = [...WAYS.map(nameOfWay), ...PUBLISHED, FLOOR].flatMap((variant): string[][] => {
    const own = ms(variant);
    if (own === undefined) return [];
    const plain = variant.startsWith("wasm") ? ms(variant.replace("wasm", "js")) : undefined;
    return [
      [
        spoken(variant),
        figure(own),
        ratio(own, ms(FLOOR)!),
        ratio(ms(PUBLISHED[0]), own),
        ratio(ms(PUBLISHED[1]), own),
        ratio(plain, own),
      ],
    ];
  });
  const head = ["variant", "median ms", "times the floor", ...PUBLISHED, "JavaScript, likewise"];
  return [
    `d = ${LARGE.toLocaleString("en")}, n = ${N}; the last columns say how many times as long the others take:`,
    table(head, rows),
  ].join("\n\n");
}

function mezoPart(results: Results): string {
  const cells = DIMENSIONS.map((d): Cell => ({ kind: "mezo", d }));
  const ours = WAYS.map(nameOfWay).filter((name) => name.startsWith("wasm"));
  return [
    "## One step of MeZO",
    `One pair of queries: \`seeded().minimize\` with \`mezo()\` in turn with MeZO as one writes it in PyTorch, which draws its normal direction four times from one seed (\`bench/peers/mezo_step.py\`). Median milliseconds by d, in brackets times the floor of three copies, two candidates and the step.`,
    byDimension(results, cells, [...ours, ...PYTORCH, FLOOR], [FLOOR]),
    leftOut(results, cells),
    provenance(results, "mezo"),
  ]
    .filter((block) => block !== "")
    .join("\n\n");
}

function kernelPart(results: Results): string {
  const cells = DIMENSIONS.map((d): Cell => ({ kind: "kernels", d }));
  const rates = (what: string, variant: string, bytes: number): string[] => [
    `${what}, GB/s`,
    ...cells.map((cell) => {
      const t = results.cells[nameOf(cell)]?.times?.[variant];
      return t ? figure((bytes * cell.d) / t.median / 1e6) : "";
    }),
  ];
  return [
    "## Kernels",
    "On WebAssembly, by the number of directions where they are drawn. Median milliseconds by d, in brackets how many copies of d numbers take as long, and how many triads x + c s.",
    byDimension(
      results,
      cells,
      Object.keys(QUESTIONS),
      [COPY, TRIAD],
      [
        rates(`a copy, ${BYTES.copy} bytes a number`, COPY, BYTES.copy),
        rates(`a triad, ${BYTES.triad} bytes a number`, TRIAD, BYTES.triad),
      ],
    ),
    leftOut(results, cells),
    provenance(results, "kernels"),
  ]
    .filter((block) => block !== "")
    .join("\n\n");
}

function memoryPart(results: Results): string {
  const rows = PLAN.filter(({ kind }) => kind === "memory").flatMap((cell) =>
    Object.entries(CASES).flatMap(([name, { vectors }]) =>
      (["rademacher", "gaussian"] as const).flatMap((directions): string[][] => {
        const bytes = results.cells[nameOf(cell)]?.bytes?.[caseName(name, directions)];
        if (bytes === undefined) return [];
        const beside = bytes - 4 * cell.d * vectors;
        return [
          [
            power(cell.d),
            spoken(directions),
            name,
            figure(bytes / 1e6),
            String(vectors),
            `${figure(beside / 1e6)}${beside <= MEMORY_GOAL ? "" : ", missed"}`,
          ],
        ];
      }),
    ),
  );
  return [
    "## Memory",
    `Beyond the parameters, as the peak of the resident set over ten steps in place, n = ${N}, in MB; with a copy, 4 bytes for each parameter more. Beside the vectors of length d that a run may keep, ${MEMORY_GOAL / 1e6} MB are the goal at a distance of 1e-5; what displacements as long as a tenth of the parameters lose in rounding is kept aside, 8 bytes a number.`,
    table(["d", "directions", "samples", "peak", "vectors allowed", "beside them"], rows, 3),
    provenance(results, "memory"),
  ].join("\n\n");
}

/** A row for each variant that was measured, a column for each cell: ms, in brackets in units of some variants. */
function byDimension(
  { cells }: Results,
  columns: readonly Cell[],
  variants: readonly string[],
  units: readonly string[],
  more: readonly string[][] = [],
): string {
  const rows = variants.map((variant) => [
    spoken(variant),
    ...columns.map((cell) => {
      const times = cells[nameOf(cell)]?.times;
      const own = times?.[variant];
      if (!own) return "";
      const inUnits = units
        .filter((unit) => unit !== variant)
        .map((unit) => figure(own.median / times[unit]!.median, 2));
      return `${figure(own.median)}${inUnits.length > 0 ? ` (${inUnits.join(", ")})` : ""}`;
    }),
  ]);
  const measured = rows.filter(([, ...row]) => row.some((cell) => cell !== ""));
  return table(["", ...columns.map(({ d }) => power(d))], [...more, ...measured]);
}

/** What was left out of these cells, by reason. */
function leftOut({ cells }: Results, columns: readonly Cell[]): string {
  const byReason = new Map<string, string[]>();
  for (const cell of columns)
    for (const [variant, why] of Object.entries(cells[nameOf(cell)]?.left ?? {})) {
      const reason = `at ${power(cell.d)}, ${why}`;
      byReason.set(reason, [...(byReason.get(reason) ?? []), variant]);
    }
  const list = [...byReason].map(([reason, variants]) => `${inShort(variants)} (${reason})`);
  return list.length === 0 ? "" : `Left out: ${list.join("; ")}.`;
}

/** All ways of one backend by its name. */
function inShort(variants: readonly string[]): string {
  const all: readonly string[] = [...WAYS.map(nameOfWay), ...PUBLISHED];
  const head = (variant: string): string => variant.split(",")[0]!;
  const isWhole = (variant: string): boolean =>
    all.includes(variant) && all.every((way) => head(way) !== head(variant) || variants.includes(way));
  const names = variants.map((variant) => spoken(isWhole(variant) ? head(variant) : variant));
  return [...new Set(names)].join("; ");
}

/** On what, at which load, of which commit. */
function provenance(results: Results, kind: Cell["kind"]): string {
  const found = PLAN.filter((cell) => cell.kind === kind).flatMap(
    (cell) => results.cells[nameOf(cell)] ?? [],
  );
  if (found.length === 0) return "";
  const loads = found.flatMap(({ load }) => load);
  const commits = [...new Set(found.map(({ commit }) => commit))];
  return `${results.machine}; ${results.cores}; load average ${Math.min(...loads)} to ${Math.max(...loads)}, of which 1 is the measurement; commit ${commits.join(" and ")}.`;
}

/** As the formatter would have it: columns as wide as their widest cell, the first ones, of words, flush left. */
function table(head: readonly string[], rows: readonly (readonly string[])[], words = 1): string {
  const widths = head.map((_, i) => Math.max(3, ...[head, ...rows].map((row) => row[i]!.length)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => (i < words ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!))).join(" | ")} |`;
  const rule = widths.map((width, i) => (i < words ? "-".repeat(width) : `${"-".repeat(width - 1)}:`));
  return [line(head), line(rule), ...rows.map(line)].join("\n");
}

const bullets = (lines: readonly string[]): string => lines.map((text) => `- ${text}`).join("\n");

/** Three digits, thousands set apart. */
function figure(value: number, digits = 3): string {
  const rounded = Number(value.toPrecision(digits));
  return rounded.toLocaleString("en", { maximumFractionDigits: 7 });
}
