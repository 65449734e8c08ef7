/** All but what reads files runs in a browser: nothing of it needs Node. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { browserBundle } from "../../test/browser-bundle.ts";

test("the way from text to loss bundles for a browser, with nothing of Node in it, and works", async () => {
  const { code, imports, inputs } = await browserBundle(`
    import { createTokenizer, promptTask, readExamples, readTable, wordPieceJson } from "./apps/finetune/index.ts";
    const vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "bad", "good", "a", "b"].join("\\n");
    const tokenizer = createTokenizer(wordPieceJson(vocabulary));
    const { examples, classes } = readExamples(readTable('s,label\\n"a\\nb",0\\nb,1\\n', "csv"), { label: "label" });
    const inputs = { inputs: ["input_ids"], maxLength: 8 };
    const task = promptTask(tokenizer, inputs, { template: "{s}", classes, words: ["bad", "good"] });
    const batch = task.encode(examples);
    const logits = Float32Array.from({ length: 18 }, (_, i) => i % 9);
    globalThis.found = [...batch.feeds.input_ids.data].map(Number).join() + " " + task.loss(batch, logits);
  `);
  assert.deepEqual(imports, []);
  assert.ok(inputs.includes("apps/finetune/task/prompt.ts"));
  const text = new TextDecoder().decode(code);
  const world: { found?: string } = {};
  new Function("globalThis", "Buffer", "process", "require", text)(world);
  // Scores 5 and 6: a softmax of one apart, right for the second example and wrong for the first.
  const loss = (Math.log(1 + Math.E) + Math.log(1 + 1 / Math.E)) / 2;
  const [ids, found] = (world.found ?? "").split(" ");
  assert.equal(ids, "2,7,8,2,8,0");
  assert.ok(!(Math.abs(Number(found) - loss) > 1e-12), found);
});
