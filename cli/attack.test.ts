import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { encode } from "fast-png";
import { universalAttack } from "../apps/attack/index.ts";
import { methodNames } from "../src/index.ts";
import { tinyOnnx } from "../test/tiny-onnx.ts";
import { attackCommand } from "./attack.ts";
import { reportAttack } from "./attack-report.ts";

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

test("a folder that cannot be written is refused before a query is spent", async () => {
  const given = own();
  const out = join(folder, "labels.txt", "report");
  await assert.rejects(attack(...given.slice(0, -1), out), {
    code: "OPTION",
    message: /--out must be a folder/,
  });
});

test("`all` names every method, and a method named twice runs once", async () => {
  const few = ["--iterations", "2", "--samples", "2", "--json"];
  const run = async (methods: string): Promise<readonly string[]> =>
    JSON.parse(await attack(...own(), ...few, "--methods", methods)).runs.map(
      ({ method }: { method: string }) => method,
    );
  assert.deepEqual(await run("all"), methodNames);
  assert.deepEqual(await run("prgf,prgf"), ["prgf"]);
});

/** Ctrl-C once the command listens for it and `begun` holds, without ending this process. */
async function interrupted(begun: () => boolean, ...args: readonly string[]): Promise<string> {
  const code = process.exitCode;
  const listens = process.listenerCount("SIGINT");
  const poll = (): void => {
    if (process.listenerCount("SIGINT") > listens && begun()) process.emit("SIGINT");
    else waiting = setTimeout(poll, 1);
  };
  let waiting = setTimeout(poll, 1);
  try {
    const printed = await attack(...args);
    assert.equal(process.exitCode, 130);
    return printed;
  } finally {
    clearTimeout(waiting);
    process.exitCode = code;
  }
}

test("ctrl-C shows what was found, and says what was not", async () => {
  const began = performance.now();
  const printed = await interrupted(
    () => performance.now() - began > 1_000,
    ...[...own(), "--methods", "zo-sgd,prgf", "--iterations", "1000000"],
  );
  assert.match(printed, /zo-sgd was ended from outside after \d+ of 11000000 queries\.\nNot run: prgf\./);
  assert.match(
    readFileSync(join(folder, "report/index.html"), "utf8"),
    /zo-sgd was ended from outside after.*Not run: prgf\./s,
  );
});

test("a method whose every query failed is said to have, and the exit code is 1", async () => {
  const given = own();
  writeFileSync(join(folder, "model.onnx"), tinyOnnx({ input: ["n", 1, 2, 2], follow: "Log" })); // NaN for dark pixels
  const code = process.exitCode;
  const printed = await attack(...given, "--mean", "0.3", "--radius", "100", "--methods", "mezo", "--quick");
  assert.match(printed, /\nmezo failed after \d+ of 2200 queries: .+\nReport/);
  assert.equal(process.exitCode, 1);
  process.exitCode = code;
});

test("an attack that was ended before it began leaves an earlier report as it was", async () => {
  const [out, page] = [join(folder, "earlier"), join(folder, "earlier/index.html")];
  mkdirSync(out);
  writeFileSync(page, "earlier");
  const shape = { channels: 1, height: 1, width: 2 };
  const result = await universalAttack({
    classifier: { name: "own", shape, classes: 2, scores: async (pixels) => pixels.slice() },
    images: { shape, pixels: Uint8Array.of(200, 100), labels: [0] },
    signal: AbortSignal.abort(),
  });
  await reportAttack(result, [], { out });
  assert.equal(readFileSync(page, "utf8"), "earlier");
});

test("where the data is missing the message says where to get it and what goes where", async () => {
  await assert.rejects(attack("--data", join(folder, "nowhere")), {
    code: "DATA", // which ends the program with exit code 2
    message:
      /cifar10-resnet20\.onnx" is missing.*\n.*akamaster\/pytorch_resnet_cifar10.*\nWhere to put it: ".*nowhere.*cifar10-test-1000\.bin" is missing/s,
  });
});

test("wrong flags are refused by name", async () => {
  const wrong: readonly (readonly [readonly string[], RegExp])[] = [
    [["--methods", "relizo,adam"], /no method is called "adam"/],
    [["--outputs", "words"], /--outputs must be logits or probabilities/],
    [["--size", "32"], /--size must be channels x height x width/],
    [["--iterations", "0"], /--iterations must be a whole number of at least 1/],
    [["--lambda", "0"], /--lambda must be a finite number above 0, got "0"/],
    [["--lambda", "Infinity"], /--lambda must be a finite number above 0, got "Infinity"/],
    [["--kappa", "Infinity"], /--kappa must be a finite number of at least 0, got "Infinity"/],
    [["--hold", "half"], /--hold must be/],
  ];
  for (const [args, message] of wrong) await assert.rejects(attack(...args), { code: "OPTION", message });
});
