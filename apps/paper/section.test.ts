import assert from "node:assert/strict";
import { test } from "node:test";
import { plainCell, sectionMarkdown } from "../report/markdown.ts";
import { runPaper } from "./run.ts";
import { paperSection } from "./section.ts";

const small = { methods: ["relizo"], problems: ["CHNROSNB", "BROYDNBDLS"], quick: true, threads: 1 } as const;

test("a small study becomes tables with the paper's figure beside ours, and curves", async () => {
  const notes: number[] = [];
  const onProgress = (done: number): number => notes.push(done);
  const results = await runPaper({ ...small, parts: ["table6", "table8"], seeds: [0, 1], onProgress });
  const section = paperSection(results);
  const tables = section.blocks.filter((block) => block.kind === "table");
  const [first] = tables;
  assert.deepEqual(first?.head, ["problem", "relizo", "lowest here"]);
  assert.match(plainCell(first.rows[0]![1]!), /^[✓▲] \S+ \(paper 44.38\)$/);
  assert.ok(tables.some(({ caption }) => caption.startsWith("Table 8")));
  const charts = section.blocks.filter((block) => block.kind === "chart");
  assert.equal(charts[0]?.x.at(-1), 500);
  assert.equal(charts[0]?.curves[0]?.mid.length, charts[0]?.x.length);
  assert.match(sectionMarkdown(section), /\| BROYDNBDLS \(d = 50\) \| .*paper 0.65/);
  assert.equal(notes.at(-1), 1);
  assert.ok(notes.every((done, i) => done >= (notes[i - 1] ?? 0)));
});

test("a cell above the paper's figure is named with the likely reason", async () => {
  const cell = { problem: "CHNROSNB", d: 50, samples: 2 };
  const judged = {
    cell,
    method: "relizo",
    settings: { lr: 1 },
    origin: "tuned",
    tried: 1,
    runs: [],
  } as const;
  const results = { version: 1, quick: false, seeds: [0], seconds: 1, bounded: [] } as const;
  const text = (mean: number | null) =>
    sectionMarkdown(paperSection({ ...results, judged: [{ ...judged, mean, finals: [mean] }] }));
  assert.match(text(44.39), /Not reached: CHNROSNB, d = 50, N = 2: 44.39 against 44.38. Likely reason: /);
  assert.match(text(null), /Not reached: .* failed against 44.38/);
  assert.doesNotMatch(text(44.38), /Not reached/);
});

test("an aborted study rejects", async () => {
  const stop = new AbortController();
  const running = runPaper({
    ...small,
    parts: ["table6"],
    signal: stop.signal,
    onProgress: () => stop.abort(),
  });
  await assert.rejects(running);
  await assert.rejects(runPaper({ ...small, signal: stop.signal }));
});
