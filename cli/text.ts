/** Text for a terminal: wrapped paragraphs, aligned columns, numbers at a readable length, words most alike. */

const WIDTH = 100;

/** The text in lines of at most 100 characters, fewer where the terminal has no more, each indented. */
export function wrapped(
  text: string,
  indent: number,
  room: number = process.stdout.columns || WIDTH,
): string[] {
  const width = Math.min(WIDTH, room);
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/)) {
    if (line !== "" && indent + line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  if (line !== "") lines.push(line);
  return lines.map((one) => " ".repeat(indent) + one);
}

/** A paragraph after a command's help. */
export const afterwards = (text: string): string => ["", ...wrapped(text, 0)].join("\n");

/** A line on stderr, where progress is. */
export function say(line: string): void {
  process.stderr.write(`${line}\n`);
}

/** Columns as wide as their widest cell; the first to the left, the others to the right. */
export function columns(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, c) =>
    rows.reduce((most, row) => Math.max(most, row[c]?.length ?? 0), title.length),
  );
  const line = (cells: readonly string[]): string =>
    widths
      .map((width, c) => (c === 0 ? (cells[c] ?? "").padEnd(width) : (cells[c] ?? "").padStart(width)))
      .join("  ")
      .trimEnd();
  return [line(head), line(widths.map((width) => "-".repeat(width))), ...rows.map(line)].join("\n");
}

/** The word of the list most like the one given, or undefined where none is near. */
export function nearest(word: string, list: readonly string[]): string | undefined {
  const far = list.map((other) => ({ other, edits: edits(word.toLowerCase(), other.toLowerCase()) }));
  const [best] = far.sort((a, b) => a.edits - b.edits);
  return best && best.edits <= Math.max(2, word.length / 3) ? best.other : undefined;
}

/** Levenshtein's distance. */
function edits(a: string, b: string): number {
  let above = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = above[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(change, above[j]! + 1, row[j - 1]! + 1));
    }
    above = row;
  }
  return above[b.length]!;
}
