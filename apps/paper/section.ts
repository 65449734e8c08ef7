/** The study's results as a section of the report. */
import type { Block, Section } from "../report/section.ts";
import { boundsTables, countsTable, ratesTable } from "./bounds-blocks.ts";
import { cellCharts, cellsTable, misses, settingsTable } from "./cells-blocks.ts";
import type { PaperResults } from "./results.ts";
import { cellsOf } from "./study.ts";
import { table6, table7 } from "./tables.ts";

export function paperSection(results: PaperResults): Section {
  return {
    id: "paper",
    order: 10,
    title: "The ReLIZO paper's figures",
    blocks: [
      { kind: "prose", text: introduction(results) },
      ...group(results, "Table 6: N = 2, f after 500 iterations", "table6", table6),
      ...group(results, "Table 7: N = 8, f after 500 iterations", "table7", table7),
      ...group(
        results,
        "Figure 1 and table 8's other problems: N = 8, f after 500 iterations",
        "figure1",
        [],
      ),
      ...countsTable(results),
      ...boundsTables(results),
      ...ratesTable(results),
    ],
  };
}

function introduction({ quick, stopped, seeds, seconds, judged, bounded }: PaperResults): string[] {
  return [
    `The paper's protocol: 500 iterations from the standard start, the mean of ${seeds.length === 1 ? "one seed" : `${seeds.length} seeds`}, ` +
      "each method at its best learning rate of 1, 2 or 5 times 10⁻⁴ to 10⁻¹. f is that at the last iterate. Beside each figure " +
      "stands the paper's: ✓ at or below it, ▲ above it. Curves show the mean and the range over seeds; one that breaks off " +
      "has left the frame, ten times above its start.",
    quick ? quickly(judged, bounded.length > 0) : TUNED,
    ...(stopped
      ? [
          "It was stopped before its end: what is missing here was not finished. The same command with --resume goes on.",
        ]
      : []),
    `All of it took ${Math.round(seconds)} s.`,
  ];
}

const TUNED =
  "Every method was tuned alike: all its variants at all learning rates were screened with the first seed, " +
  "each variant at its best rate judged with all seeds. As in the paper, the seeds that choose are the seeds that are reported.";

function quickly(judged: PaperResults["judged"], bounds: boolean): string {
  const coarse = judged.filter(({ origin }) => origin === "coarse").length;
  const stored = judged.length - coarse;
  return [
    "This was the quick run.",
    ...(stored > 0
      ? [
          "Learning rates and variants are those that an earlier full run found and that the package carries; results it carries none.",
        ]
      : []),
    ...(coarse > 0
      ? [`${coarse} of ${judged.length} had no stored settings and were tuned on a coarse grid.`]
      : []),
    ...(bounds
      ? [
          "Where the reuse bound is set, in tables 8, 10, 11 and figure 2, it takes one seed; figure 2 has N up to 20 and leaves out MANCINO.",
        ]
      : []),
    "The same command without --quick tunes everything afresh.",
  ].join(" ");
}

function group(
  results: PaperResults,
  caption: string,
  part: "table6" | "table7" | "figure1",
  published: typeof table6,
): Block[] {
  const cells = cellsOf([part]);
  const table = cellsTable(results, caption, cells, published);
  if (!table) return [];
  return [table, ...misses(results, published), settingsTable(results, cells), ...cellCharts(results, cells)];
}
