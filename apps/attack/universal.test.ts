import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { methodNames } from "../../src/index.ts";
import { dataFolder } from "../../test/data-folder.ts";
import type { Classifier } from "./classifier.ts";
import type { LabelledImages } from "./images.ts";
import { CIFAR10_NAMES, loadImages } from "./load-images.ts";
import { effectOf } from "./objective.ts";
import { loadClassifier } from "./onnx.ts";
import type { UniversalOptions } from "./options.ts";
import { attackSection, attackSheet, bestRun } from "./report.ts";
import { universalAttack } from "./universal.ts";

/** Two classes, told apart by whether the upper row of a 2 x 2 picture is brighter than the lower. */
function judge(): Classifier & { asked: number } {
  return {
    name: "judge",
    shape: { channels: 1, height: 2, width: 2 },
    classes: 2,
    asked: 0,
    async scores(pixels, count) {
      this.asked += count;
      return Float32Array.from({ length: 2 * count }, (_, k) => {
        const [a = 0, b = 0, c = 0, d = 0] = pixels.subarray(4 * (k >> 1));
        return (k % 2 === 0 ? 1 : -1) * (a + b - c - d);
      });
    },
  };
}

/** Six pictures whose upper row is brighter, labelled 0; a wrong label among them. */
const images: LabelledImages = {
  shape: { channels: 1, height: 2, width: 2 },
  pixels: Uint8Array.from({ length: 24 }, (_, i) => (i % 4 < 2 ? 150 + i : 100 - i)),
  labels: [0, 0, 1, 0, 0, 0],
};

const small = (options: Partial<UniversalOptions> = {}): UniversalOptions => ({
  classifier: judge(),
  images,
  methods: ["relizo"],
  iterations: 60,
  batch: 2,
  samples: 2,
  lr: 0.01,
  ...options,
});

test("one perturbation turns all pictures round, and only those that were right are attacked", async () => {
  const { runs, images: attacked, seen, budget } = await universalAttack(small({ kappa: 0.2 }));
  assert.deepEqual([seen, attacked.labels, budget], [6, [0, 0, 0, 0, 0], 180]);
  const [run] = runs;
  assert.equal(run?.success, 1);
  assert.deepEqual(run.predicted, [1, 1, 1, 1, 1]);
  assert.ok(run.delta[0]! < 0 && run.delta[1]! < 0 && run.delta[2]! > 0 && run.delta[3]! > 0);
  assert.ok(run.loss < run.looks[0]!.loss);
  assert.equal(run.looks.at(-1)!.queries, run.queries);
});

test("equal seeds give equal perturbations, other seeds others", async () => {
  const delta = async (seed: number) => (await universalAttack(small({ seed }))).runs[0]!.delta;
  assert.deepEqual(await delta(1), await delta(1));
  assert.notDeepEqual(await delta(1), await delta(2));
});

test("every method of the registry stays within the budget, to the query", async () => {
  const classifier = judge();
  const { runs, budget } = await universalAttack(
    small({ classifier, methods: methodNames, looks: 1, iterations: 20 }),
  );
  assert.deepEqual(
    runs.map(({ method }) => method),
    methodNames,
  );
  for (const { method, queries, delta } of runs) {
    assert.ok(queries > 0 && queries <= budget, `${method}: ${queries} of ${budget}`);
    assert.ok(delta.every(Number.isFinite), method);
  }
  const queries = runs.reduce((sum, run) => sum + run.queries, 0);
  const looks = runs.reduce((sum, run) => sum + run.looks.length, 0);
  assert.equal(classifier.asked, 6 + 2 * queries + 5 * looks); // finding, minibatches of two, looks at all five
});

test("a wrong option throws before the classifier is asked", async () => {
  const wrong: readonly (readonly [Partial<UniversalOptions>, RegExp])[] = [
    [{ iterations: 0 }, /iterations must be a whole number from 1, got 0/],
    [{ lambda: Number.NaN }, /lambda must be a positive number, got NaN/],
    [{ kappa: -1 }, /kappa/],
    [{ hold: 0.5 }, /hold/],
    [{ seed: -1 }, /seed/],
    [{ methods: [] }, /at least one method/],
    [{ methods: ["relizo", "prgf", "relizo"] }, /each given once, got relizo twice/],
    [{ iteration: 5 } as object, /unknown option "iteration"; the options are classifier, images, count/],
    [{ images: undefined } as object, /images must be an object with shape, pixels/],
  ];
  for (const [options, message] of wrong) {
    const classifier = judge();
    await assert.rejects(universalAttack(small({ ...options, classifier })), { code: "OPTION", message });
    assert.equal(classifier.asked, 0);
  }
});

test("pictures that do not fit, labels out of range and pictures all wrong are refused", async () => {
  const shape = { channels: 1, height: 1, width: 4 };
  const wrong: readonly (readonly [Partial<LabelledImages>, string, RegExp])[] = [
    [{ shape }, "SHAPE", /takes pictures of 1 x 2 x 2, these are 1 x 1 x 4/],
    [{ labels: [0] }, "SHAPE", /1 labels came with 24 bytes/],
    [{ labels: [0, 0, 0, 0, 2, 0] }, "VALUE", /label 2 of picture 4 is out of range: judge has 2 classes/],
    [{ labels: [1, 1, 1, 1, 1, 1] }, "VALUE", /none of the 6 pictures right/],
  ];
  for (const [change, code, message] of wrong)
    await assert.rejects(universalAttack(small({ images: { ...images, ...change } })), { code, message });
});

test("a classifier that answers too little, or not at all, is refused by name", async () => {
  const answers: readonly (readonly [unknown, RegExp])[] = [
    [
      new Float32Array(6),
      /judge answered 6 pictures with a Float32Array of 6; a Float32Array of 6 \* 2 scores/,
    ],
    [Array.from({ length: 12 }, () => 0), /with object; a Float32Array/],
  ];
  for (const [answer, message] of answers) {
    const classifier = { ...judge(), scores: async () => answer as Float32Array };
    await assert.rejects(universalAttack(small({ classifier })), { code: "SHAPE", message });
  }
  const nan = { ...judge(), scores: async () => new Float32Array(12).fill(Number.NaN) };
  await assert.rejects(universalAttack(small({ classifier: nan })), {
    code: "VALUE",
    message: /answers NaN/,
  });
  await assert.rejects(universalAttack({} as UniversalOptions), {
    code: "OPTION",
    message: /classifier must be/,
  });
});

test("a picture that the classifier answers with NaN is not fooled", async () => {
  const plain = judge();
  const classifier: Classifier = {
    ...plain,
    scores: async (pixels, count) =>
      (await plain.scores(pixels, count)).map((score) => (score < 0 ? Number.NaN : score)),
  };
  const victims = { pixels: Float32Array.of(0.1, 0.1, 0, 0), labels: [0] };
  const loss = { lambda: 10, kappa: 0 };
  const effect = await effectOf(classifier, victims, Float64Array.of(-0.2, -0.2, 0, 0), loss);
  assert.deepEqual([effect.success, effect.predicted], [0, [-1]]);
});

test("a run whose loss is no number is never the best", async () => {
  const { runs } = await universalAttack(small());
  const [run] = runs;
  const broken = { ...run!, loss: Number.NaN };
  assert.equal(bestRun([run!, broken]), run);
  assert.equal(bestRun([broken, run!]), run);
});

test("a signal ends the run under way and leaves out the rest", async () => {
  const stop = new AbortController();
  const onProgress = ({ queries }: { queries: number }): void => {
    if (queries > 30) stop.abort();
  };
  const { runs } = await universalAttack(
    small({ methods: ["relizo", "zo-sgd"], signal: stop.signal, onProgress }),
  );
  assert.deepEqual(
    runs.map(({ outcome }) => outcome),
    ["aborted"],
  );
});

test("a classifier that breaks in the middle costs the method under way its figures, and no other", async () => {
  const plain = judge();
  let broken = false;
  const classifier: Classifier = {
    ...plain,
    scores: async (pixels, count) => {
      if (broken) throw new Error("the line is dead");
      return plain.scores(pixels, count);
    },
  };
  const onProgress = ({ method, queries }: { method: string; queries: number }): void => {
    broken = method === "zo-sgd" && queries > 30;
  };
  const methods = ["relizo", "zo-sgd", "prgf"] as const;
  const result = await universalAttack(small({ methods, classifier, onProgress }));
  const { runs } = await universalAttack(small({ methods: ["relizo"] }));
  assert.deepEqual(
    [result.runs.map(({ method }) => method), result.runs[0]!.delta],
    [["relizo"], runs[0]!.delta],
  );
  assert.deepEqual(
    result.failures.map(({ method, error }) => [method, error.message]),
    [
      ["zo-sgd", "the line is dead"],
      ["prgf", "the line is dead"],
    ],
  );
  const [prose] = attackSection(result).blocks;
  assert.ok(
    prose?.kind === "prose" && prose.text.at(-2) === "zo-sgd failed and has no figures: the line is dead",
  );
});

test("after an abort the classifier is still asked by one caller at a time", async () => {
  const stop = new AbortController();
  const plain = judge();
  let active = 0;
  const classifier: Classifier = {
    ...plain,
    async scores(pixels, count) {
      assert.equal(++active, 1);
      if (count === 6) setTimeout(() => stop.abort(), 1); // three candidates on two pictures: the method's own batch
      await new Promise((resolve) => setTimeout(resolve, 20));
      active--;
      return plain.scores(pixels, count);
    },
  };
  const five = { ...images, pixels: images.pixels.slice(0, 20), labels: images.labels.slice(0, 5) };
  const { runs } = await universalAttack(small({ classifier, images: five, signal: stop.signal }));
  assert.deepEqual(
    runs.map(({ outcome }) => outcome),
    ["aborted"],
  );
});

test("the report says which rates were tuned for long runs, unless the caller gave one", async () => {
  const { lr: _, ...own } = small();
  const said = async (options: UniversalOptions): Promise<boolean> => {
    const [prose] = attackSection(await universalAttack(options)).blocks;
    return prose?.kind === "prose" && prose.text.some((text) => /Only relizo and zo-adamm/.test(text));
  };
  assert.deepEqual([await said(own), await said({ ...own, lr: 0.01 })], [true, false]);
});

test("the section holds a row for each method, curves on one axis, and pictures before and after", async () => {
  const result = await universalAttack(small({ methods: ["relizo", "zo-sgd"] }));
  const { blocks, id } = attackSection(result, ["up", "down"]);
  assert.equal(id, "attack");
  const table = blocks.find((block) => block.kind === "table");
  assert.deepEqual(
    table?.rows.map((row) => row.length),
    [table?.head.length, table?.head.length],
  );
  for (const block of blocks)
    if (block.kind === "chart") for (const { mid } of block.curves) assert.equal(mid.length, block.x.length);
  const [grid] = blocks.filter((block) => block.kind === "pictures");
  assert.equal(grid?.rows.length, 5);
  assert.equal(grid.rows[0]?.[2]?.text, "up → down");
  assert.ok(grid.rows.flat().every(({ source }) => source.startsWith("data:image/png;base64,")));
  assert.ok(attackSheet(result, bestRun(result.runs)!).length > 0);
});

const folder = dataFolder();
/** Why a test of these files is skipped, or false. */
function skipped(...files: readonly string[]): string | false {
  const missing = files.filter((file) => folder === undefined || !existsSync(join(folder, "vision", file)));
  return missing.length > 0
    ? `no vision/${missing.join(", vision/")} in a data folder; see docs/data.md`
    : false;
}
const CIFAR = ["cifar10-resnet20.onnx", "cifar10-test-1000.bin"] as const;
const MNIST = ["mnist-cnn.onnx", "mnist-test-1000.bin"] as const;

/** A short attack of 20 of the data folder's pictures, read by the classifier's own shape. */
async function shortAttack(model: string, pictures: string) {
  const classifier = await loadClassifier(join(folder!, "vision", model));
  const images = loadImages(join(folder!, "vision", pictures), classifier.shape);
  const options = { classifier, images, methods: ["relizo"], count: 20, iterations: 25, looks: 2 } as const;
  return universalAttack(options);
}

test("ResNet-20 is fooled on CIFAR-10 far more often than by chance", {
  skip: skipped(...CIFAR),
}, async () => {
  const { classifier, runs, images: attacked, seen } = await shortAttack(...CIFAR);
  assert.deepEqual([attacked.labels.length, classifier.classes, CIFAR10_NAMES.length], [20, 10, 10]);
  assert.ok(seen < 30, "the classifier is right on 91.5 % of these pictures");
  const [run] = runs;
  assert.ok(run!.loss < 0.8 * run!.looks[0]!.loss, `loss ${run!.looks[0]!.loss} -> ${run!.loss}`);
  assert.ok(run!.success >= 0.2, `fooled ${run!.success}`);
});

test("the MNIST network is another victim", { skip: skipped(...MNIST) }, async () => {
  const { runs, seen } = await shortAttack(...MNIST);
  assert.ok(seen <= 22, "the classifier is right on 99.2 % of these pictures");
  assert.ok(runs[0]!.loss < runs[0]!.looks[0]!.loss);
});
