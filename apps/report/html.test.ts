import assert from "node:assert/strict";
import { test } from "node:test";
import { json, pageHtml, text } from "./html.ts";
import { plainCell, sectionMarkdown } from "./markdown.ts";
import type { Section } from "./section.ts";

const NASTY = `</script><img src=x onerror="alert('1')">&`;

const section: Section = {
  id: `a"b`,
  order: 1,
  title: NASTY,
  blocks: [
    { kind: "prose", text: [NASTY] },
    {
      kind: "table",
      caption: NASTY,
      head: [NASTY],
      rows: [[NASTY, { text: NASTY, mark: "good", note: NASTY }]],
    },
    { kind: "chart", caption: NASTY, xLabel: NASTY, yLabel: "f", logY: true, x: [0, 1], curves: [] },
    {
      kind: "pictures",
      caption: NASTY,
      head: [NASTY],
      rows: [[{ source: `https://x.test/"`, text: NASTY }]],
    },
  ],
};

test("no text can become markup", async () => {
  const html = await pageHtml([section]);
  assert.ok(!html.includes(NASTY));
  assert.ok(
    !html.includes("<img"),
    "the only markup with img is the text's own, and a source that is no data",
  );
  assert.equal(html.split("</script>").length - 1, 3, "the page has three scripts and no text ends one");
});

test("escaped text and JSON read back as what they were", () => {
  assert.equal(text(`<a href="x">&'`), "&lt;a href=&quot;x&quot;&gt;&amp;&#39;");
  const data = { a: "</script>\u2028<!--" };
  assert.ok(!/[<\u2028]/.test(json(data)));
  assert.deepEqual(JSON.parse(json(data)), data);
});

test("a column of long words wraps and is read from the left; figures keep to the right", async () => {
  const long = "lineSearch none, reuse secant, normalized true";
  const rows = [
    [long, "1", long],
    ["b", "2", "defaults"],
  ];
  const table = { kind: "table", caption: "", head: ["a", "f", "options"], rows } as const;
  const html = await pageHtml([{ id: "t", order: 1, title: "", blocks: [table] }]);
  assert.match(html, /<th scope="col">a<\/th><th scope="col">f<\/th><th scope="col" class="words">options/);
  assert.match(html, /<th scope="row">b<\/th><td>2<\/td><td class="words">defaults/);
});

test("the page names no address outside itself", async () => {
  const html = await pageHtml([section]);
  assert.ok(!/(?:src|href)="(?!#|data:)/.test(html));
});

test("Markdown keeps a table's shape whatever its text holds", () => {
  const lines = sectionMarkdown(section).split("\n");
  assert.ok(lines.some((line) => line.includes("\\<img")));
  assert.equal(plainCell({ text: "1", mark: "bad", note: "paper 2" }), "▲ 1 (paper 2)");
});
