/** A section of the report as text for a terminal: prose and tables; the page has the rest. */
import { plainCell } from "../apps/report/markdown.ts";
import type { Section } from "../apps/report/section.ts";
import { columns, wrapped } from "./text.ts";

export function sectionText({ title, blocks }: Section): string {
  const parts = blocks.flatMap((block): string[] => {
    if (block.kind === "prose") return block.text.map((paragraph) => wrapped(paragraph, 0).join("\n"));
    if (block.kind !== "table" || block.folded) return [];
    const rows = block.rows.map((row) => row.map(plainCell));
    return [`${wrapped(block.caption, 0).join("\n")}\n\n${columns(block.head, rows)}`];
  });
  return [`${title}\n${"=".repeat(title.length)}`, ...parts].join("\n\n");
}
