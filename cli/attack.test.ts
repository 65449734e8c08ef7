import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { encode } from "fast-png";
import { tinyOnnx } from "../test/tiny-onnx.ts";
import { attackCommand } from "./attack.ts";

const folder = mkdtempSync(join(tmpdir(), "relizo-attack-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the command and returns what it printed. */
async function attack(...args: readonly string[]): Promise<string> {
  const lines: string[] = [];
  const log = console.log;
  console.log = (line: string) => lines.push(line);
  try {
    await attackCommand()
      .exitOverride()
      .parseAsync(["universal", ...args], { from: "user" });
  } finally {
    console.log = log;
  }
  return lines.join("\n");
}

/** A model whose scores are the pixels, and three pictures labelled with their brightest pixel. */
function own(): readonly string[] {
  const model = join(folder, "model.onnx");
  writeFileSync(model, tinyOnnx({ input: ["n", 1, 2, 2] }));
  const png = (data: readonly number[]): Uint8Array =>
    encode({ width: 2, height: 2, channels: 1, depth: 8, data: Uint8Array.from(data) });
  writeFileSync(join(folder, "a.png"), png([150, 100, 90, 80]));
  writeFileSync(join(folder, "b.png"), png([160, 110, 90, 80]));
  writeFileSync(join(folder, "c.png"), png([170, 120, 90, 80]));
  writeFileSync(join(folder, "labels.txt"), "a.png 0\nb.png 0\nc.png 0\n");
  writeFileSync(join(folder, "names.txt"), "first\nsecond\nthird\nfourth\n");
  const files = ["--labels", join(folder, "labels.txt"), "--names", join(folder, "names.txt")];
  return ["--model", model, "--images", folder, ...files, "--out", join(folder, "report")];
}

test("one's own model and pictures are attacked, and the report is written", async () => {
  const options = ["--methods", "relizo,zo-sgd", "--iterations", "100", "--samples", "2", "--kappa", "0.1"];
  const printed = await attack(...own(), ...options, "--lr", "0.005", "--json");
  const { runs, budget, model } = JSON.parse(printed);
  assert.deepEqual([model, budget, runs.length], ["model.onnx", 300, 2]);
  assert.equal(runs[0].success, 1);
  for (const name of ["index.html", "attack.png", "sections/attack.json"])
    assert.ok(existsSync(join(folder, "report", name)), name);
  assert.match(readFileSync(join(folder, "report/index.html"), "utf8"), /first → (second|third|fourth)/);
});

test("where the data is missing the message says where to get it and what goes where", async () => {
  await assert.rejects(attack("--data", join(folder, "nowhere")), {
    code: "DATA", // which ends the program with exit code 2
    message:
      /cifar10-resnet20\.onnx" is missing.*\n.*akamaster\/pytorch_resnet_cifar10.*\nWhere to put it: ".*nowhere/,
  });
});

test("wrong flags are refused by name", async () => {
  const wrong: readonly (readonly [readonly string[], RegExp])[] = [
    [["--methods", "relizo,adam"], /no method is called "adam"/],
    [["--outputs", "words"], /--outputs must be logits or probabilities/],
    [["--size", "32"], /--size must be channels x height x width/],
    [["--iterations", "0"], /--iterations must be a whole number of at least 1/],
    [["--lambda", "-1"], /--lambda must be a number/],
    [["--hold", "half"], /--hold must be/],
  ];
  for (const [args, message] of wrong) await assert.rejects(attack(...args), { code: "OPTION", message });
});
