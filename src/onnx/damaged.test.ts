/** Damaged bytes: whatever a file holds, there is a model or a RelizoError, and soon. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { RelizoError } from "../error.ts";
import { bake } from "./bake.ts";
import { setNotes, trainableInputs } from "./cut.ts";
import { expose } from "./expose.ts";
import { linears } from "./linear.ts";
import { addLora } from "./lora.ts";
import { copyModel, copyOf, encodeModel, graphOf, parseModel, setMetadata } from "./model.ts";
import { parameters } from "./parameters.ts";

const forms = fileURLToPath(new URL("../../test/onnx-forms/", import.meta.url));
const files = readdirSync(forms)
  .filter((name) => name.endsWith(".onnx") && name !== "gpt2.onnx")
  .map((name) => new Uint8Array(readFileSync(forms + name)));

/** All that reads a model. */
async function survives(bytes: Uint8Array): Promise<void> {
  try {
    const model = parseModel(bytes, "damaged.onnx");
    parameters(model);
    linears(model);
    trainableInputs(model);
    const cut = await expose(model);
    const both = await addLora(cut.model, { targets: "**", rank: 1 }).catch(known);
    await bake(cut.model, cut.parameters);
    if (both) encodeModel(both.model);
  } catch (error) {
    known(error);
  }
}

function known(error: unknown): undefined {
  if (!(error instanceof RelizoError)) throw error;
  assert.ok(["DATA", "OPTION", "SHAPE"].includes(error.code), error.code);
  return undefined;
}

const file = fc.constantFrom(...files);

test("bytes that were changed, cut short or put in make a model or a RelizoError", async () => {
  const changes = fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 8 });
  const cuts = fc.option(fc.tuple(fc.nat(), fc.nat(64)), { nil: undefined });
  await fc.assert(
    fc.asyncProperty(file, changes, cuts, async (bytes, flips, cut) => {
      const damaged = Uint8Array.from(bytes);
      for (const [at, value] of flips) damaged[at % damaged.length] = value;
      const [from, length] = cut ? [cut[0] % damaged.length, cut[1]] : [0, 0];
      await survives(Uint8Array.from([...damaged.subarray(0, from), ...damaged.subarray(from + length)]));
    }),
    { numRuns: 3000, seed: 1 },
  );
});

test("any bytes at all do as well", async () => {
  await fc.assert(fc.asyncProperty(fc.uint8Array({ maxLength: 400 }), survives), { numRuns: 1000, seed: 2 });
});

test("a file that ends anywhere is refused, or whole", async () => {
  const [bytes] = files;
  for (let end = 0; end < bytes!.length; end += 7) await survives(bytes!.subarray(0, end));
});

test("a shape that asks for more than there is makes no room for it", async () => {
  const model = parseModel(files[0]!);
  for (const dims of [
    [2n ** 31n, 2n ** 10n],
    [2n ** 40n, 2n ** 40n],
    [-(2n ** 20n), -8n],
    [2n ** 28n, 4n],
  ]) {
    const [weight, ...others] = graphOf(model).initializer;
    const copy = copyModel(model);
    graphOf(copy).initializer = [copyOf(weight!, { dims }), ...others];
    const before = process.memoryUsage().arrayBuffers;
    await assert.rejects(expose(copy), { code: "DATA" });
    assert.ok(process.memoryUsage().arrayBuffers - before < 2 ** 20);
  }
});

test("notes that do not fit the graph are refused", async () => {
  const cut = await addLora(parseModel(new Uint8Array(readFileSync(`${forms}classifier.onnx`))), {
    targets: "**",
  });
  for (const notes of [
    [{ cut: "lora", parameters: {} }],
    [{ cut: "expose", parameters: {} }],
    [
      {
        cut: "lora",
        parameters: {},
        modules: { dense: [{ product: "x", base: "y", sum: "z" }] },
        added: [],
        constants: [],
      },
    ],
    [{ cut: "toString", parameters: {} }],
    [{ cut: "later", parameters: {} }],
  ]) {
    const copy = copyModel(cut.model);
    setNotes(copy, notes);
    await assert.rejects(bake(copy, cut.parameters), { code: "DATA", message: /^bake: / }, notes[0]?.cut);
  }
  const copy = copyModel(cut.model);
  setMetadata(copy, "relizo.cuts", '[{ "cut": 1 }]');
  assert.throws(() => trainableInputs(copy), { code: "DATA", message: /cannot be read/ });
});
