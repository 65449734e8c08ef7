/** Sections as HTML: all text is escaped, charts are left as data for the page's own script. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { drawCharts } from "./draw.ts";
import type { Block, Cell, Chart, Picture, Pictures, Section, Table } from "./section.ts";
import { style } from "./style.ts";

/** The whole page; nothing in it asks for anything outside it. */
export async function pageHtml(sections: readonly Section[]): Promise<string> {
  const require = createRequire(import.meta.url);
  const [script, css] = await Promise.all(
    ["uplot/dist/uPlot.iife.min.js", "uplot/dist/uPlot.min.css"].map((name) =>
      readFile(require.resolve(name), "utf8"),
    ),
  );
  const charts: Chart[] = [];
  const body = sections.map((section) => sectionHtml(section, charts)).join("\n");
  const links = sections
    .map(({ id, title }) => `<li><a href="#${text(id)}">${text(title)}</a></li>`)
    .join("");
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>relizo: what was measured</title>
<style>${css}
${style}</style>
</head>
<body>
<header>
<h1>relizo</h1>
<p>What was measured on this machine, beside what the papers report.</p>
${sections.length > 1 ? `<nav><ul>${links}</ul></nav>` : ""}
</header>
<main>
${body === "" ? "<p>Nothing has been measured yet.</p>" : body}
</main>
<script type="application/json" id="charts">${json(charts)}</script>
<script>${script}</script>
<script>${drawCharts}</script>
</body>
</html>
`;
}

function sectionHtml({ id, title, blocks }: Section, charts: Chart[]): string {
  const inner = blocks.map((block) => blockHtml(block, charts));
  return `<section id="${text(id)}">\n<h2>${text(title)}</h2>\n${grouped(blocks, inner)}\n</section>`;
}

/** Charts in a row share a grid. */
function grouped(blocks: readonly Block[], inner: readonly string[]): string {
  let html = "";
  blocks.forEach((block, i) => {
    const isChart = block.kind === "chart";
    if (isChart && blocks[i - 1]?.kind !== "chart") html += `<div class="charts">\n`;
    html += `${inner[i]}\n`;
    if (isChart && blocks[i + 1]?.kind !== "chart") html += "</div>\n";
  });
  return html;
}

function blockHtml(block: Block, charts: Chart[]): string {
  switch (block.kind) {
    case "prose":
      return block.text.map((paragraph) => `<p>${text(paragraph)}</p>`).join("\n");
    case "table":
      return tableHtml(block);
    case "chart":
      charts.push(block);
      return `<figure class="chart" data-chart="${charts.length - 1}"><figcaption>${text(block.caption)}</figcaption></figure>`;
    case "pictures":
      return picturesHtml(block);
  }
}

function tableHtml({ caption, head, rows, folded }: Table): string {
  const wordy = head.map((_, c) => c > 0 && rows.some((row) => isLong(row[c])));
  const title = head
    .map((cell, c) => `<th scope="col"${wordy[c] ? ` class="words"` : ""}>${text(cell)}</th>`)
    .join("");
  const body = rows
    .map((row) => `<tr>${row.map((cell, c) => cellHtml(cell, c, wordy[c] ?? false)).join("")}</tr>`)
    .join("\n");
  const table = `<table>\n<thead><tr>${title}</tr></thead>\n<tbody>\n${body}\n</tbody>\n</table>`;
  const scroll = `<div class="scroll" tabindex="0" role="region" aria-label="${text(caption)}">${table}</div>`;
  return folded
    ? `<details><summary>${text(caption)}</summary>${scroll}</details>`
    : `<figure><figcaption>${text(caption)}</figcaption>${scroll}</figure>`;
}

/** Whether a cell has words that must wrap, or the columns after it would lie outside the page. */
const isLong = (cell: Cell | undefined): boolean =>
  cell !== undefined && (typeof cell === "string" ? cell : cell.text).length > 30;

/** A mark is a sign and a word beside its colour. */
const MARKS = {
  good: { sign: "✓", word: "at or below the paper" },
  bad: { sign: "▲", word: "above the paper" },
  best: { sign: "★", word: "best of the row" },
} as const;

function cellHtml(cell: Cell, column: number, words: boolean): string {
  const { text: shown, mark, note } = typeof cell === "string" ? { text: cell } : cell;
  const tag = column === 0 ? `th scope="row"` : "td";
  const sign = mark
    ? `<span class="sign" title="${MARKS[mark].word}" aria-label="${MARKS[mark].word}">${MARKS[mark].sign}</span> `
    : "";
  const under = note === undefined ? "" : `<small>${text(note)}</small>`;
  const kind = [mark, words && "words"].filter(Boolean).join(" ");
  return `<${tag}${kind && ` class="${kind}"`}>${sign}${text(shown)}${under}</${tag.split(" ")[0]}>`;
}

function picturesHtml(block: Pictures): string {
  return `<figure><figcaption>${text(block.caption)}</figcaption>${block.rows.length === 1 ? rowHtml(block) : gridHtml(block)}</figure>`;
}

/** One row goes on in the next line where the page ends: it has no columns to keep. */
function rowHtml({ head, rows: [row = []] }: Pictures): string {
  const items = row.map((picture, c) => {
    const { kind, inner } = pictureHtml(picture);
    return `<li${kind}><b>${text(head[c] ?? "")}</b>${inner}</li>`;
  });
  return `<ul class="pictures">${items.join("\n")}</ul>`;
}

function gridHtml({ caption, head, rows }: Pictures): string {
  const title = head.map((cell) => `<th scope="col">${text(cell)}</th>`).join("");
  const cells = (row: readonly Picture[]): string =>
    row
      .map(pictureHtml)
      .map(({ kind, inner }) => `<td${kind}>${inner}</td>`)
      .join("");
  const body = rows.map((row) => `<tr>${cells(row)}</tr>`).join("\n");
  const table = `<table class="pictures">\n<thead><tr>${title}</tr></thead>\n<tbody>\n${body}\n</tbody>\n</table>`;
  return `<div class="scroll" tabindex="0" role="region" aria-label="${text(caption)}">${table}</div>`;
}

/** What stands in a picture's place, and its mark as an attribute of that place. */
function pictureHtml({ source, text: shown, mark }: Picture): {
  readonly kind: string;
  readonly inner: string;
} {
  const image = source.startsWith("data:image/") ? `<img src="${text(source)}" alt="${text(shown)}">` : "";
  const sign = mark ? `<span class="sign">${mark === "good" ? "✓" : "▲"}</span> ` : "";
  return { kind: mark ? ` class="${mark}"` : "", inner: `${image}<small>${sign}${text(shown)}</small>` };
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text as HTML, in content and in quoted attributes. */
export function text(plain: string): string {
  return plain.replaceAll(/[&<>"']/g, (letter) => ENTITIES[letter]!);
}

/** JSON that no script element can be broken out of. */
export function json(data: unknown): string {
  return JSON.stringify(data)
    .replaceAll("<", "\\u003c")
    .replaceAll("\u2028", "\\u2028")
    .replaceAll("\u2029", "\\u2029");
}
