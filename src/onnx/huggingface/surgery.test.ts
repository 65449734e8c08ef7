/** Graphs built from folders are cut like those that were exported: their weights are found behind Cast and Transpose. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { expectClose, expectSame } from "../../../test/expect-close.ts";
import { type Numbers, open } from "../../../test/huggingface/run-graph.ts";
import { smallModels, weightsByFormula, withFolder } from "../../../test/huggingface/small-models.ts";
import { expectChecked } from "../../../test/onnx-checker.ts";
import type { Parameters } from "../../parameters/index.ts";
import { bake } from "../bake.ts";
import { expose } from "../expose.ts";
import { fromHuggingFace } from "../file/huggingface.ts";
import { addLora } from "../lora.ts";
import { parameters } from "../parameters.ts";

/** Sums of at most 64 terms in another order, a dozen behind one another. */
const ROUNDING = 12 * 64 * 2 ** -24;

const fed = (values: Parameters): Record<string, Numbers> =>
  Object.fromEntries([...values].map(({ name, shape, data }) => [name, { dims: shape, data }]));

const TARGETS: Readonly<Record<string, readonly string[]>> = {
  bert: ["**.query", "**.value"],
  roberta: ["**.query", "**.value"],
  gpt2: ["**.c_attn", "**.mlp.c_proj"],
};

for (const small of smallModels())
  for (const type of ["F32", "F16"] as const)
    test(`${small.name} in ${type}: exposed and low-rank weights leave the logits, and are baked back`, async () => {
      await withFolder(
        small.config,
        weightsByFormula(small.shapes),
        async (folder) => {
          const model = await fromHuggingFace(folder);
          const base = (await (await open(model))(small.inputs)).logits!.data;

          const exposed = await expose(model, "**");
          assert.deepEqual(
            [...exposed.parameters].map(({ name }) => name),
            parameters(model)
              .map(({ name }) => name)
              .sort(),
          );
          // biases that are inputs are no longer fused with the normalization behind them: rounding differs
          const run = await open(exposed.model);
          expectClose(
            (await run({ ...small.inputs, ...fed(exposed.parameters) })).logits!.data,
            base,
            ROUNDING,
          );

          const targets = TARGETS[String(small.config.model_type)] ?? ["**.q_proj", "**.v_proj"];
          const lora = await addLora(model, { targets, rank: 2, alpha: 4 });
          assert.equal([...lora.parameters].length, 2 * 2 * targets.length);
          await expectChecked(lora.model);
          const adapted = await open(lora.model);
          const still = await adapted({ ...small.inputs, ...fed(lora.parameters) });
          expectSame(still.logits!.data, base, "logit");

          for (const { name, data } of lora.parameters)
            if (name.includes("lora_B"))
              for (let i = 0; i < data.length; i++) data[i] = 0.3 * Math.sin(i + 1);
          const moved = (await adapted({ ...small.inputs, ...fed(lora.parameters) })).logits!.data;
          assert.ok(moved.some((value, i) => Math.abs(value - base[i]!) > 1e-3));
          const baked = await bake(lora.model, lora.parameters);
          const merged = (await (await open(baked))(small.inputs)).logits!.data;
          // merged weights that are stored as float16 are rounded to it
          expectClose(merged, moved, type === "F32" ? ROUNDING : 200 * 2 ** -11);
        },
        { type },
      );
    });
