/** Trained models built from their folders: the logits that an independent pass in NumPy found, and those of somebody else's export. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { dataFolder } from "../../../test/data-folder.ts";
import { expectClose } from "../../../test/expect-close.ts";
import { open, type Rows, rowAt } from "../../../test/huggingface/run-graph.ts";
import { expectChecked } from "../../../test/onnx-checker.ts";
import { decodeSafetensors } from "../../parameters/index.ts";
import { fromHuggingFace } from "../file/huggingface.ts";
import { parseModel } from "../model.ts";
import { parameters } from "../parameters.ts";

const folder = dataFolder();
const skip = folder === undefined && "no data folder: trained models are looked for in ../shared/data";

/** float32 against float64; the references' own README has 8e-6 at most. */
const TOLERANCE = 1e-4;

const at = (...path: string[]): string => join(folder ?? "", ...path);
const json = (...path: string[]) => JSON.parse(readFileSync(at(...path), "utf8"));
const ones = (ids: readonly number[]): number[] => ids.map(() => 1);
const order = (ids: readonly number[]): number[] => ids.map((_, i) => i);

for (const name of ["imdb-lm", "stories260k"])
  test(`${name} has the logits and cross-entropies of its reference`, { skip }, async () => {
    const reference = json(name, `${name}-reference.json`);
    const run = await open(await fromHuggingFace(at(name)));
    const logitsOf = async (ids: number[]) =>
      (await run({ input_ids: [ids], attention_mask: [ones(ids)], position_ids: [order(ids)] })).logits!;
    const ids: number[] = reference.ids ?? reference.promptIds;
    const logits = await logitsOf(ids);
    const last = rowAt(logits, [0, ids.length - 1]);
    expectClose(last.subarray(0, 16), reference.logitsLastFirst16, TOLERANCE, "last");
    expectClose(rowAt(logits, [0, 0]).subarray(0, 16), reference.logitsPos0First16, TOLERANCE, "first");
    assert.ok(
      Math.abs(last.reduce((sum, x) => sum + x, 0) - reference.logitsLastSum) <= TOLERANCE * last.length,
    );
    const best = order(ids).map((j) => {
      const row = rowAt(logits, [0, j]);
      return row.indexOf(row.reduce((most, x) => Math.max(most, x)));
    });
    assert.deepEqual(best, reference.argmaxPerPosition);
    for (const [text, { ids, meanNll }] of Object.entries<{ ids: number[]; meanNll: number }>(
      reference.crossEntropy,
    )) {
      const logits = await logitsOf(ids);
      const losses = ids.slice(1).map((next, j) => {
        const row = rowAt(logits, [0, j]);
        const most = row.reduce((most, x) => Math.max(most, x));
        return Math.log(row.reduce((sum, x) => sum + Math.exp(x - most), 0)) + most - row[next]!;
      });
      const mean = losses.reduce((sum, x) => sum + x, 0) / losses.length;
      assert.ok(Math.abs(mean - meanNll) <= TOLERANCE, `${text}: ${mean}, not ${meanNll}`);
    }
  });

test("imdb-bert has the logits and hidden states of its reference", { skip }, async () => {
  const reference = json("imdb-bert", "imdb-bert-reference.json");
  const run = await open(await fromHuggingFace(at("imdb-bert")));
  const ids: number[] = reference.ids;
  const out = await run({
    input_ids: [ids],
    attention_mask: [ones(ids)],
    token_type_ids: [ids.map(() => 0)],
  });
  const guess = rowAt(out.logits!, [0, reference.maskPosition]);
  expectClose(guess.subarray(0, 16), reference.logitsAtMaskFirst16, TOLERANCE, "logit");
  assert.ok(
    Math.abs(guess.reduce((sum, x) => sum + x, 0) - reference.logitsAtMaskSum) <= TOLERANCE * guess.length,
  );
  expectClose(
    rowAt(out.last_hidden_state!, [0, 0]).subarray(0, 16),
    reference.hiddenClsFirst16,
    TOLERANCE,
    "hidden",
  );
});

for (const name of ["imdb-lm", "imdb-bert", "stories260k"])
  test(`${name}: built, it is the model that was exported, padding and all; the checker accepts it`, {
    skip,
  }, async () => {
    const model = await fromHuggingFace(at(name));
    const [ours, theirs] = [await open(model), await open(parseModel(readFileSync(at(name, "model.onnx"))))];
    const ids: Rows = [
      [2, 150, 186, 133, 79, 318],
      [0, 0, 2, 110, 336, 167],
      [2, 87, 100, 0, 0, 0],
    ];
    const mask = ids.map((row) => row.map((id) => (id === 0 ? 0 : 1)));
    const feeds = {
      input_ids: ids,
      attention_mask: mask,
      ...(name === "imdb-bert"
        ? { token_type_ids: ids.map((row) => row.map(() => 0)) }
        : { position_ids: ids.map(order) }),
    };
    const [found, expected] = [await ours(feeds), await theirs(feeds)];
    assert.deepEqual(Object.keys(found).sort(), Object.keys(expected).sort());
    for (const [b, row] of mask.entries())
      for (const [j, kept] of row.entries())
        if (kept)
          expectClose(
            rowAt(found.logits!, [b, j]),
            rowAt(expected.logits!, [b, j]),
            TOLERANCE,
            `[${b}, ${j}]`,
          );
    const stored = decodeSafetensors(readFileSync(at(name, "model.safetensors"))).parameters;
    assert.deepEqual(
      parameters(model)
        .map((one) => one.name)
        .sort(),
      [...stored].map((one) => one.name).sort(),
    );
    await expectChecked(model);
  });
