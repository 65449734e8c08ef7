/** A section's tables as Markdown, for pages under docs. */
import type { Block, Cell, Section } from "./section.ts";

/** Prose and tables; charts and pictures stay with the page, folded tables too. */
export function sectionMarkdown(section: Section): string {
  return `${section.blocks.flatMap(blockMarkdown).join("\n\n")}\n`;
}

function blockMarkdown(block: Block): string[] {
  if (block.kind === "prose") return block.text.map(escaped);
  if (block.kind !== "table" || block.folded) return [];
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const head = [line(block.head.map(escaped)), line(block.head.map((_, c) => (c === 0 ? "---" : "---:")))];
  return [
    `**${escaped(block.caption)}**`,
    [...head, ...block.rows.map((row) => line(row.map(cellText)))].join("\n"),
  ];
}

const SIGNS = { good: "✓ ", bad: "▲ ", best: "★ " } as const;

/** A cell on one line: "✓ 2.380 (paper 2.38)". */
export function plainCell(cell: Cell): string {
  if (typeof cell === "string") return cell;
  const sign = cell.mark ? SIGNS[cell.mark] : "";
  return `${sign}${cell.text}${cell.note === undefined ? "" : ` (${cell.note})`}`;
}

const cellText = (cell: Cell): string => escaped(plainCell(cell));

/** What Markdown would take for its own. */
function escaped(text: string): string {
  return text.replaceAll(/[\\|*_<>[\]`]/g, (letter) => `\\${letter}`);
}
