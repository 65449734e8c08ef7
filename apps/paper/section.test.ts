import assert from "node:assert/strict";
import { test } from "node:test";
import { plainCell, sectionMarkdown } from "../report/markdown.ts";
import type { PaperResults } from "./results.ts";
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
  assert.match(
    text(44.39),
    /Not reached by relizo: CHNROSNB, d = 50, N = 2: 44.39 against the paper's 44.38. Likely reason: /,
  );
  assert.match(text(null), /Not reached by relizo: .* failed against the paper's 44.38/);
  assert.doesNotMatch(text(44.38), /Not reached/);
});

test("a stopped study keeps what is finished, and a resumed one runs the rest alone, to the same figures", async () => {
  const asked = { ...small, parts: ["table6"], seeds: [0] } as const;
  const whole = await runPaper(asked);
  const stop = new AbortController();
  const stored: PaperResults[] = [];
  const onResult = (results: PaperResults): void => {
    stored.push(results);
    stop.abort();
  };
  const part = await runPaper({ ...asked, signal: stop.signal, onResult });
  assert.deepEqual([part.stopped, part.judged.length], [true, 1]);
  assert.deepEqual(stored[0]?.judged, part.judged);
  assert.match(sectionMarkdown(paperSection(part)), /stopped before its end.* --resume goes on/);

  const notes: string[] = [];
  const onProgress = (_: number, note: string): number => notes.push(note);
  const rest = await runPaper({ ...asked, known: part, onProgress });
  assert.equal(notes.length, 1);
  assert.deepEqual(rest.judged, whole.judged);
  assert.ok(rest.stopped === undefined && rest.seconds > part.seconds);
  await assert.rejects(runPaper({ ...asked, seeds: [0, 1], known: part }), {
    code: "OPTION",
    message: /a quick run with seed 0, not a quick run with seeds 0, 1/,
  });
});

test("a study of nothing is refused", async () => {
  const nothing = runPaper({ parts: ["table10"], problems: ["COATING"] });
  await assert.rejects(nothing, { code: "OPTION", message: /nothing to run: table10 has no .* COATING/ });
});

test("what a quick run leaves out, and why a cell of it fell short, is said", () => {
  const cell = { problem: "CHNROSNB", d: 50, samples: 2 };
  const one = { cell, method: "relizo", settings: {}, tried: 1, mean: 99, finals: [99], runs: [] } as const;
  const results = { version: 1, quick: true, seconds: 1 } as const;
  const text = (origin: "stored" | "coarse", seeds: readonly number[], bounded: PaperResults["bounded"]) =>
    sectionMarkdown(paperSection({ ...results, seeds, judged: [{ ...one, origin }], bounded }));
  assert.match(text("coarse", [0, 1, 2], []), /Likely reason: the quick run has no stored settings/);
  assert.match(text("stored", [0], []), /Likely reason: the mean is over 1 of the paper's 3 seeds/);
  const asked = {
    part: "table10",
    problem: "ARGTRIGLS",
    d: 200,
    samples: 8,
    factor: 0,
    maxReuse: 1,
  } as const;
  assert.match(
    text("stored", [0], [{ asked, runs: [] }]),
    /tables 8, 10, 11 and figure 2, it takes one seed/,
  );
  assert.doesNotMatch(text("stored", [0], []), /it takes one seed/);
});
