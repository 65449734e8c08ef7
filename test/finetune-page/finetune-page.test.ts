/**
 * The same fine-tune in Chromium as in Node: on WebAssembly and on WebGPU, every loss, and the adapter that is downloaded.
 *
 * How far losses may be apart: single forward passes over the same parameters differ by at most e, which the first round of queries
 * shows and a bound from outside limits. What such differences come to over a run, its own steps decide; so the run is made in Node twice
 * more with each loss off by e, up or down by a hash, and losses may go twice as far apart as these.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import type { Download, Page } from "playwright-core";
import { forward, loadAdapter, measure } from "../../apps/finetune/index.ts";
import { type OnnxModel, parseModel, type Session } from "../../src/onnx/index.ts";
import { openNodeSession } from "../../src/onnx/session/node.ts";
import { chromium } from "../chromium.ts";
import { dataFolder } from "../data-folder.ts";
import type { PageAnswer, PageRecipe } from "./page.ts";
import { type Cooked, cook, examples, type Ingredients, type Recipe, taskOf } from "./recipe.ts";
import { type Site, site } from "./serve.ts";

const data = dataFolder();
const found = chromium();
const folder = join(data ?? "", "stories260k");
const skip =
  data === undefined
    ? "no data folder: exported models are looked for in ../shared/data"
    : "reason" in found && found.reason;

let there: Site;
let page: Page;
before(async () => {
  if (skip || !("path" in found)) return;
  there = await site(
    found.path,
    "test/finetune-page/page.ts",
    '<!doctype html><script type="module" src="/page.js"></script>',
    {
      data: folder,
      ort: "node_modules/onnxruntime-web/dist",
    },
  );
  page = await there.open();
});
after(() => there?.close());

const ingredients = (): Ingredients => ({
  model: new Uint8Array(readFileSync(join(folder, "model.onnx"))),
  tokenizer: new Uint8Array(readFileSync(join(folder, "tokenizer.bin"))),
});
const open = (model: OnnxModel): Promise<Session> => openNodeSession(model, { threads: 1 });

async function inPage(recipe: PageRecipe): Promise<PageAnswer> {
  await page.waitForFunction("globalThis.run", undefined, { timeout: 60_000 });
  const answer = await page.evaluate<PageAnswer>(`run(${JSON.stringify(recipe)})`);
  const { provider, tune, optimizer } = recipe;
  console.log(`${provider}, ${tune}, ${optimizer}: ${(answer.milliseconds / 1000).toFixed(1)} s in the page`);
  return answer;
}

/**
 * What losses of the same parameters may differ by, twice what logits may. WebAssembly: float32, logits below 32 and some thirty sums on
 * the way to each. WebGPU: its language grants sine and cosine an error of 2^-11, and SwiftShader makes use of it (2e-4 measured) where
 * float32 rounds to 6e-8: positions are turned by such angles. What logits are asked to agree by, 1e-3, bounds that.
 */
const MOST = { wasm: 2 * 30 * 32 * 2 ** -24, webgpu: 2e-3 } as const;

interface Compared {
  /** What single passes differ by, doubled. */
  readonly e: number;
  readonly node: Cooked;
  /** The farthest that a bent run's trained numbers lie from those of the run, doubled. */
  readonly apart: number;
}

async function compare(
  recipe: Recipe,
  provider: "wasm" | "webgpu",
  losses: readonly number[],
): Promise<Compared> {
  const node = await cook(recipe, ingredients(), { open });
  assert.equal(losses.length, node.losses.length);
  const first = recipe.optimizer === "mezo" ? 2 : 4; // queries before anything moves
  const differences = losses.map((loss, k) => Math.abs(loss - (node.losses[k] ?? Number.NaN)));
  const e = 2 * Math.max(...differences.slice(0, first));
  assert.ok(e > 0 && e / 2 <= MOST[provider], `single passes differ by ${e / 2}`);
  const bent = [1, 2].map((turn) =>
    cook(recipe, ingredients(), {
      open,
      bend: (loss, query) => loss + (((query + 1) * 2654435761 * turn) & 65536 ? e : -e),
    }),
  );
  let farthest = 0;
  let apart = 0;
  const others = await Promise.all(bent);
  for (const { parameters } of others)
    for (const { name, data } of parameters)
      data.forEach((value, i) => {
        apart = Math.max(apart, 2 * Math.abs(value - node.parameters.get(name).data[i]!));
      });
  const allowed = node.losses.map((loss, k) => {
    farthest = Math.max(farthest, ...others.map((other) => Math.abs(other.losses[k]! - loss)));
    return 2 * farthest;
  });
  differences.forEach((difference, k) => {
    assert.ok(difference <= allowed[k]!, `query ${k}: ${difference} apart, ${allowed[k]} allowed`);
  });
  const range = Math.max(...node.losses) - Math.min(...node.losses);
  assert.ok(farthest < range / 10, `a tolerance of ${2 * farthest} says nothing of losses within ${range}`);
  console.log(
    `${provider}, ${recipe.tune}, ${recipe.optimizer}: ${losses.length} losses, single passes differ by ${(e / 2).toExponential(1)}, the run by ${Math.max(...differences).toExponential(1)}, allowed ${(2 * farthest).toExponential(1)}`,
  );
  return { e, node, apart };
}

test("WebAssembly: a tab is closed, another goes on from its journal, and the losses are Node's", {
  skip,
}, async () => {
  const recipe = { tune: "lora", optimizer: "mezo", steps: 20 } as const;
  const first = await inPage({ ...recipe, steps: 7, provider: "wasm", journal: "page" });
  await page.close();
  page = await there.open();
  const second = await downloaded({ ...recipe, provider: "wasm", journal: "page" });
  assert.deepEqual([first.steps, second.steps, first.losses.length], [7, 20, 14]);
  await check(second, await compare(recipe, "wasm", [...first.losses, ...second.losses]));
});

const WASM = [
  { tune: "lora", optimizer: "relizo", steps: 8 },
  { tune: "prompt", optimizer: "mezo", steps: 20 },
  { tune: "prompt", optimizer: "relizo", steps: 8 },
] as const;
for (const recipe of WASM)
  test(`WebAssembly, ${recipe.tune}, ${recipe.optimizer}: the losses of Node, and the adapter is downloaded`, {
    skip,
  }, async () => {
    const answer = await downloaded({ ...recipe, provider: "wasm" });
    assert.equal(answer.uploads, 0);
    await check(answer, await compare(recipe, "wasm", answer.losses));
  });

/** Software draws these: a pass takes a hundred times as long, and shaders seconds to compile. */
const WEBGPU = [
  { tune: "lora", optimizer: "mezo", steps: 6 },
  { tune: "prompt", optimizer: "relizo", steps: 3 },
] as const;
for (const recipe of WEBGPU)
  test(`WebGPU, ${recipe.tune}, ${recipe.optimizer}: kernels of ours move its buffers, to the losses of Node`, {
    skip,
  }, async () => {
    const answer = await downloaded({ ...recipe, provider: "webgpu" });
    assert.equal(answer.uploads, 1);
    const looks = answer.evaluations.filter(([step]) => step % 5 === 0 && step > 0).length;
    assert.ok(answer.downloads <= 2 + looks, `${answer.downloads} downloads: begin, end, and ${looks} looks`);
    await check(answer, await compare(recipe, "webgpu", answer.losses));
  });

test("the example's page learns from files that a person picks, and downloads what it learned", {
  skip,
}, async () => {
  assert.ok("path" in found);
  const html = readFileSync("examples/browser/index.html", "utf8");
  const ort = "node_modules/onnxruntime-web/dist";
  const example = await site(
    found.path,
    "examples/browser/page.ts",
    html,
    { ort },
    {
      "relizo/finetune": "./apps/finetune/index.ts",
      "relizo/onnx/web": "./src/onnx/session/web.ts",
      "relizo/onnx": "./src/onnx/index.ts",
    },
  );
  try {
    const tab = await example.open();
    const rows = examples.map(({ fields, label }) => `${fields.sentence}\t${label}\n`).join("");
    const table = Buffer.from(`sentence\tlabel\n${rows.repeat(3)}`);
    await tab.setInputFiles("[name=model]", join(folder, "model.onnx"));
    await tab.setInputFiles("[name=tokenizer]", join(folder, "tokenizer.bin"));
    await tab.setInputFiles("[name=table]", { name: "own.tsv", mimeType: "text/plain", buffer: table });
    await tab.fill("[name=words]", "little,very");
    await tab.fill("[name=steps]", "3");
    const names: string[] = [];
    tab.on("download", (one) => names.push(one.suggestedFilename()));
    const weights = tab.waitForEvent("download", {
      predicate: (one) => one.suggestedFilename() === "adapter_model.safetensors",
      timeout: 100_000,
    });
    await tab.click("button");
    await weights;
    const said = await tab.textContent("output");
    assert.match(said ?? "", /^step 0: loss \d.*accuracy.*\nstep 1: [\s\S]*the best is that of step \d\n$/);
    assert.deepEqual(names, ["adapter_config.json", "adapter_model.safetensors"]);
    assert.deepEqual(example.errors, []);
  } finally {
    await example.close();
  }
});

interface Downloaded extends PageAnswer {
  readonly files: Readonly<Record<string, Uint8Array>>;
}

async function downloaded(recipe: PageRecipe): Promise<Downloaded> {
  const files: Record<string, Uint8Array> = {};
  const keep = async (download: Download): Promise<void> => {
    files[download.suggestedFilename()] = new Uint8Array(await readFile(await download.path()));
  };
  const config = page.waitForEvent("download", { timeout: 280_000 });
  const weights = page.waitForEvent("download", {
    predicate: (one) => one.suggestedFilename().endsWith(".safetensors"),
    timeout: 280_000,
  });
  const [answer] = await Promise.all([
    inPage({ ...recipe, download: true }),
    config.then(keep),
    weights.then(keep),
  ]);
  assert.deepEqual(there.errors, []);
  return { ...answer, files };
}

/** The files are an adapter that Node's model answers with as the page's did. */
async function check({ files, best, kept }: Downloaded, { node, apart, e }: Compared): Promise<void> {
  assert.equal(kept, "best");
  const { model, tokenizer } = ingredients();
  const config = new TextDecoder().decode(files["adapter_config.json"]);
  const loaded = await loadAdapter(parseModel(model), {
    config,
    weights: files["adapter_model.safetensors"]!,
  });
  assert.equal(loaded.parameters.size, node.parameters.size);
  for (const { name, data } of loaded.parameters)
    data.forEach((value, i) => {
      const error = Math.abs(value - node.parameters.get(name).data[i]!);
      assert.ok(error <= apart, `${name}[${i}]: ${error} from Node's, ${apart} allowed`);
    });
  const session = await open(loaded.model);
  session.bind(loaded.parameters);
  const front = loaded.vocabulary === undefined ? {} : { front: { tokens: 3, first: loaded.vocabulary } };
  const inputs = (model_: OnnxModel): string[] => (model_.proto.graph?.input ?? []).map(({ name }) => name);
  const task = taskOf(tokenizer, { inputs: inputs(parseModel(model)), maxLength: 128, ...front });
  const { figures } = await measure(task, examples.slice(1, 3), forward(session), 32);
  await session.close();
  const error = Math.abs((figures.loss ?? Number.NaN) - best);
  assert.ok(error <= 2 * e, `${figures.loss} by the file, ${best} in the page`);
}
