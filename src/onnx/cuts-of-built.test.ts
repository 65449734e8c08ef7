/** Prompts, prefixes and chosen rows in graphs built from Hugging Face folders: OPT, GPT-2, Qwen, Mistral, BERT, RoBERTa. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { expectClose, expectSame } from "../../test/expect-close.ts";
import { smallModels, weightsByFormula, withFolder } from "../../test/huggingface/small-models.ts";
import { expectChecked } from "../../test/onnx-checker.ts";
import { ints, largest, numbers, pastOf, runOnce, textFeeds } from "../../test/onnx-models.ts";
import { Parameters } from "../parameters/index.ts";
import { bake } from "./bake.ts";
import { fromHuggingFace } from "./file/huggingface.ts";
import { graphOf, type OnnxModel } from "./model.ts";
import { statedShape } from "./node.ts";
import { prefixActivations } from "./prefix/activations.ts";
import { PREFIX } from "./prefix/layout.ts";
import { addPrefix } from "./prefix/prefix.ts";
import { addPrompt } from "./prompt.ts";
import { selectRows } from "./rows.ts";

const BEFORE = [7, 3];
const ROW = [5, 6, 9];

for (const small of smallModels())
  for (const type of ["F32", "F16"] as const)
    test(`${small.name} in ${type}: prompt, prefix and rows`, async () => {
      await withFolder(
        small.config,
        weightsByFormula(small.shapes),
        async (folder) => {
          const model = await fromHuggingFace(folder);
          await prompt(model);
          await prefix(model);
          await rows(model);
        },
        { type },
      );
    });

async function prompt(model: OnnxModel): Promise<void> {
  const cut = await addPrompt(model, { tokens: 2, init: BEFORE });
  const v = cut.vocabulary;
  const expected = numbers(await runOnce(model, textFeeds(model, [[...BEFORE, ...ROW]])));
  const placed = textFeeds(model, [[v, v + 1, ...ROW]]);
  expectSame(numbers(await runOnce(cut, placed)), expected, "logit behind a prompt");
  await expectChecked(cut.model);
  const baked = await bake(cut.model, cut.parameters);
  expectSame(numbers(await runOnce(baked, placed)), expected, "baked logit");
}

async function prefix(model: OnnxModel): Promise<void> {
  const init = await prefixActivations(model, BEFORE, (one, feeds) => runOnce(one, feeds));
  const cut = await addPrefix(model, { tokens: 2, init });
  const feeds = textFeeds(model, [ROW]);
  const found = numbers(await runOnce(cut, feeds));
  if (cut.through === "past") {
    const past = pastOf(await runOnce(model, textFeeds(model, [BEFORE])));
    const expected = numbers(await runOnce(model, textFeeds(model, [ROW], { past })));
    expectSame(found, expected, "logit behind a prefix");
  }
  const width = cut.parameters.get(PREFIX).shape[1] ?? 0;
  const none = Parameters.from({ [PREFIX]: { shape: [0, width], data: new Float32Array(0) } });
  expectSame(numbers(await runOnce(cut, feeds, none)), numbers(await runOnce(model, feeds)), "logit");
  await expectChecked(cut.model);
  const baked = await bake(cut.model, cut.parameters);
  expectSame(numbers(await runOnce(baked, feeds)), found, "baked logit");
}

async function rows(model: OnnxModel): Promise<void> {
  const logits = graphOf(model).output.find(({ name }) => name === "logits");
  if (!logits || statedShape(logits)?.length !== 3) return;
  const cut = selectRows(model);
  assert.ok(cut.spared);
  const feeds = textFeeds(model, [ROW, ROW.toReversed()]);
  const all = numbers(await runOnce(model, feeds));
  const found = numbers(await runOnce(cut, { ...feeds, row_positions: ints([1, 2, 0, 1], [2, 2]) }));
  const n = found.length / 2;
  const expected = Float32Array.from([...all.subarray(5 * n), ...all.subarray(n, 2 * n)]);
  expectClose(found, expected, 64 * 2 ** -22 * largest(all), "chosen logit"); // sums of 64 terms, in another order
  await expectChecked(cut.model);
}
