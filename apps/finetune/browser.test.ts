/** All but what reads files runs in a browser: nothing of it needs Node, and Chromium gives the same tokens and losses. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { chromium as launcher } from "playwright-core";
import { browserBundle } from "../../test/browser-bundle.ts";
import { CHROMIUM_ARGS, chromium } from "../../test/chromium.ts";
import { dataFolder } from "../../test/data-folder.ts";

/** From texts to a loss, on logits without a pattern; defines `work`, in a page or in Node. */
const PROGRAM = `
  import { createTokenizer, llama2cJson, promptTask, readExamples, readTable, subset, wordPieceJson } from "./apps/finetune/index.ts";
  globalThis.work = (vocabulary, table, format, binary) => {
    const tokenizer = createTokenizer(wordPieceJson(vocabulary));
    const { examples, classes } = subset(readExamples(readTable(table, format), { label: "label" }), 2, { stratified: true });
    const inputs = { inputs: ["input_ids"], maxLength: 24 };
    const options = { template: "{sentence} good", classes, words: ["bad", "good"], loss: "vocabulary" };
    const task = promptTask(tokenizer, inputs, options);
    const batch = task.encode(examples);
    const logits = Float32Array.from({ length: 2 * tokenizer.size }, (_, i) => ((i * i) % 97) / 8);
    const ids = [...batch.feeds.input_ids.data].map(Number);
    const stories = binary && createTokenizer(llama2cJson(Uint8Array.from(binary)));
    return { ids, loss: task.loss(batch, logits), stories: stories?.encode(examples[0].fields.sentence) };
  };`;

interface Found {
  readonly ids: readonly number[];
  readonly loss: number;
  readonly stories?: readonly number[];
}
type Work = (vocabulary: string, table: string, format: string, binary?: readonly number[]) => Found;

/** The bundle in Node, with what Node has and browsers have not taken away. */
async function inNode(): Promise<{ text: string; work: Work }> {
  const { code, imports, inputs } = await browserBundle(PROGRAM);
  assert.deepEqual(imports, []);
  assert.ok(inputs.includes("apps/finetune/task/prompt.ts"));
  const text = new TextDecoder().decode(code);
  const world: { work?: Work } = {};
  new Function("globalThis", "Buffer", "process", "require", text)(world);
  assert.ok(world.work);
  return { text, work: world.work };
}

test("the way from text to loss bundles for a browser, with nothing of Node in it", async () => {
  const vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "bad", "good", "a", "b"].join("\n");
  const { work } = await inNode();
  const { ids, loss } = work(vocabulary, 'sentence,label\n"a\nb",0\nb,1\n', "csv");
  assert.deepEqual(ids, [2, 8, 6, 0, 2, 7, 8, 6]);
  assert.ok(loss > 0);
});

const data = dataFolder() ?? "";
const found = chromium();
const skip = data === "" ? "no data folder with the language models" : "reason" in found && found.reason;

test("Chromium makes the same tokens and the same loss of real reviews as Node", { skip }, async () => {
  if (!("path" in found)) return;
  const vocabulary = readFileSync(join(data, "imdb-lm/vocab.txt"), "utf8");
  const table = readFileSync(join(data, "sst2/dev.tsv"), "utf8");
  const binary = [...readFileSync(join(data, "stories260k/tokenizer.bin"))];
  const { text, work } = await inNode();
  const due = work(vocabulary, table, "tsv", binary);
  const browser = await launcher.launch({ executablePath: found.path, args: [...CHROMIUM_ARGS] });
  try {
    const page = await browser.newPage();
    await page.addScriptTag({ content: text, type: "module" });
    const call = `work(${[vocabulary, table, "tsv", binary].map((value) => JSON.stringify(value)).join(", ")})`;
    const there = await page.evaluate<Found>(call);
    assert.deepEqual(there.ids, due.ids);
    assert.deepEqual(there.stories, due.stories);
    assert.ok(!(Math.abs(there.loss - due.loss) > 1e-13), `${there.loss} is not ${due.loss}`); // exp and log are each engine's own
  } finally {
    await browser.close();
  }
});
