/** A prefix in attention as PyTorch's exporter writes it, against what the same modules compute with one of their own. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { expectClose, expectSame } from "../../../test/expect-close.ts";
import { expectChecked } from "../../../test/onnx-checker.ts";
import { largest, numbers, runOnce, textFeeds } from "../../../test/onnx-models.ts";
import { widenF16 } from "../../parameters/half.ts";
import { bake } from "../bake.ts";
import { copyModel, graphOf, type OnnxModel, parseModel } from "../model.ts";
import { node } from "../node.ts";
import type { Value } from "../session/session.ts";
import { prefixActivations } from "./activations.ts";
import { addPrefix } from "./prefix.ts";

interface Expected {
  readonly ids: readonly (readonly number[])[];
  readonly mask: readonly (readonly number[])[];
  readonly keyHeads: number;
  readonly prefix: readonly number[];
  readonly plain: readonly number[];
  readonly behind: readonly number[];
  /** Keys and values of the first two ids. */
  readonly kept: readonly number[];
}

const file = (name: string): Buffer =>
  readFileSync(new URL(`../../../test/onnx-attention/${name}`, import.meta.url));
const ALL: Readonly<Record<string, Expected>> = JSON.parse(file("expected.json").toString());
const formOf = (name: string): OnnxModel => parseModel(file(`${name}.onnx`), name);
const feedsOf = (model: OnnxModel, { ids, mask }: Expected) => textFeeds(model, ids, { mask: mask.flat() });

/** Two layers of sums of at most 16 float32 terms, computed twice in different orders; numbers of 7 digits. */
const TOLERANCE = 1e-5;

for (const [name, expected] of Object.entries(ALL)) {
  test(`attention ${name}: behind a prefix as PyTorch has it`, async () => {
    const model = formOf(name);
    const feeds = feedsOf(model, expected);
    const size = largest(Float32Array.from(expected.behind));
    expectClose(numbers(await runOnce(model, feeds)), expected.plain, TOLERANCE * size, "plain logit");
    const cut = await addPrefix(model, { tokens: 2, init: Float32Array.from(expected.prefix) });
    assert.equal(cut.through, "attention");
    assert.deepEqual(cut.shape, { layers: 2, heads: expected.keyHeads, size: 4 });
    const found = numbers(await runOnce(cut, feeds));
    expectClose(found, expected.behind, TOLERANCE * size, "logit");
    await expectChecked(cut.model);
    const baked = await bake(cut.model, cut.parameters);
    expectSame(numbers(await runOnce(baked, feeds)), found, "baked logit");
    await expectChecked(baked);
  });

  test(`attention ${name}: keys and values of real tokens are PyTorch's`, async () => {
    const ids = expected.ids[0]!.slice(0, 2);
    const found = await prefixActivations(formOf(name), ids, (model, feeds) => runOnce(model, feeds));
    expectClose(found, expected.kept, TOLERANCE * largest(found), "number");
  });
}

test("attention in float16 takes a prefix of float32, rounded", async () => {
  const expected = ALL.divided!;
  const model = formOf("half");
  const cut = await addPrefix(model, { tokens: 2, init: Float32Array.from(expected.prefix) });
  const found = floatsOf((await runOnce(cut, feedsOf(model, expected))).logits);
  expectClose(found, expected.behind, 2 ** -7 * largest(found), "logit"); // 2^-11 a rounding, some tens of them
  await expectChecked(cut.model);
  const ids = expected.ids[0]!.slice(0, 2);
  const kept = await prefixActivations(model, ids, (one, feeds) => runOnce(one, feeds));
  expectClose(kept, expected.kept, 2 ** -7 * largest(kept), "number");
});

test("attention of other forms is refused by name, in one sentence", async () => {
  const fused = copyModel(formOf("divided"));
  const graph = graphOf(fused);
  graph.node.push(
    Object.assign(node("MultiHeadAttention", ["q"], "y", {}, "fused"), { domain: "com.microsoft" }),
  );
  await assert.rejects(addPrefix(fused, { tokens: 2 }), {
    code: "DATA",
    message:
      /fused operator com\.microsoft\.MultiHeadAttention \("fused"\).* export the model with past_key_values/,
  });
  const scaled = copyModel(formOf("divided"));
  const softmax = graphOf(scaled).node.find(({ opType }) => opType === "Softmax");
  const before = softmax!.input[0]!;
  softmax!.input[0] = "squared";
  graphOf(scaled).node.push(node("Mul", [before, before], "squared"));
  await assert.rejects(addPrefix(scaled, { tokens: 2 }), {
    code: "DATA",
    message: /does not come from one product of queries and keys/,
  });
});

function floatsOf(value: Value | undefined): Float32Array {
  assert.ok(value?.data instanceof Uint16Array);
  const out = new Float32Array(value.data.length);
  widenF16(out, value.data);
  return out;
}
