import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { methodNames } from "../src/index.ts";
import { problems } from "../src/problem/index.ts";
import { tinyOnnx } from "../test/tiny-onnx.ts";

const folder = mkdtempSync(join(tmpdir(), "relizo-cli-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const ARGS = ["--import", "tsx", "cli/relizo.ts"];

function relizo(...args: readonly string[]): {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
} {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...ARGS, ...args], { encoding: "utf8" });
  return { code: status, out: stdout, err: stderr };
}

test("help and version answer with 0, help with the exit codes at every level", () => {
  for (const level of [[], ["list"], ["bench", "run"]])
    assert.match(relizo(...level, "--help").out, /^Usage: relizo[\s\S]*Exit codes: 0 .* 130/);
  const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };
  assert.deepEqual(relizo("--version"), { code: 0, out: `${version}\n`, err: "" });
});

test("help takes the name of a command, however deep", () => {
  for (const path of [[], ["list"], ["bench", "run"]])
    assert.deepEqual(relizo("help", ...path), relizo(...path, "--help"));
  assert.match(relizo("help", "list", "problems").out, /^Usage: relizo list/);
});

test("a wrong call is answered with 2, one message and the nearest name", () => {
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [["lst"], /Did you mean list\?/],
    [["help", "bench", "rum"], /bench knows no "rum"; did you mean run\?/],
    [["bench", "run", "-p", "ROSENBR", "--stepz", "3"], /Did you mean --steps\?/],
    [["bench", "run", "-p", "ROSNBR"], /"ROSNBR"; did you mean ROSENBR\? `relizo list problems`/],
    [["bench", "run", "-p", "ROSENBR", "-p", "SROSENBR"], /--problem was given twice/],
    [["bench", "run"], /--problem <name>' not specified\n\(--help/],
    [["list", "bogus"], /'bogus' is invalid .* methods, problems/],
    [["bench", "run", "-p", "ROSENBR", "-m", "relzo"], /did you mean relizo\?/],
    [["bench", "run", "-p", "ROSENBR", "-d", "3"], /ROSENBR/],
    [["bench", "run", "-p", "ROSENBR", "--start", "x"], /no start "x"; it has standard/],
    [["bench", "paper", "--only", "tabel6"], /did you mean table6\?/],
  ];
  for (const [args, message] of cases) {
    const { code, out, err } = relizo(...args);
    assert.match(err, message);
    assert.deepEqual({ code, out }, { code: 2, out: "" }, args.join(" "));
  }
});

test("a size, labels and pictures that do not fit the model are a wrong call", () => {
  const model = join(folder, "model.onnx");
  writeFileSync(model, tinyOnnx({ input: ["n", 1, 2, 2] }));
  const cases: readonly (readonly [number, readonly string[], RegExp])[] = [
    [0, ["--size", "3x2x2"], /takes pictures of 1 x 2 x 2, not 3 x 2 x 2/],
    [9, [], /label 9 of picture 0 is out of range/],
    [1, [], /gets none of the 1 pictures right/],
  ];
  for (const [label, flags, message] of cases) {
    const images = join(folder, "pictures.bin");
    writeFileSync(images, Uint8Array.of(label, 200, 100, 90, 80)); // the scores are the pixels: it is of class 0
    const { code, out, err } = relizo("attack", "universal", "--model", model, "--images", images, ...flags);
    assert.match(err, message);
    assert.deepEqual({ code, lines: err.trim().split("\n").length }, { code: 2, lines: 1 }, out);
  }
});

test("the lists hold every method and problem", () => {
  const named = (what: string) =>
    (JSON.parse(relizo("list", what, "--json").out) as { name: string }[]).map(({ name }) => name);
  assert.deepEqual(named("methods"), [...methodNames]);
  assert.deepEqual(
    named("problems"),
    problems.map(({ name }) => name),
  );
  const { out } = relizo("list");
  for (const name of methodNames) assert.ok(out.split("\n").includes(name), name);
});

test("a run minimizes, says how it ended, and can be repeated to the last bit", () => {
  const args = [
    "bench",
    "run",
    "-p",
    "ROSENBR",
    "--set",
    "samples=2",
    "--queries",
    "300",
    "--seeds",
    "2",
    "--json",
  ];
  type Runs = { runs: { value: number; queries: number; outcome: string; seconds: number }[] };
  const once = (): unknown =>
    (JSON.parse(relizo(...args, "--out", folder).out) as Runs).runs.map(({ seconds: _, ...run }) => {
      assert.ok(run.value < 24.2 && run.queries <= 300 && run.outcome === "queries");
      return run;
    });
  assert.deepEqual(once(), once());
  assert.match(readFileSync(join(folder, "index.html"), "utf8"), /ROSENBR, d = 2: relizo/);
});

test("the paper's tables are printed, saved and made again from what was saved", () => {
  const out = join(folder, "paper");
  const args = [
    "--only",
    "table6",
    "--problems",
    "BROYDNBDLS",
    "--methods",
    "relizo",
    "--quick",
    "--seeds",
    "1",
  ];
  const first = relizo("bench", "paper", ...args, "--out", out);
  assert.equal(first.code, 0, first.err);
  assert.match(first.out, /BROYDNBDLS \(d = 50\) .*\(paper 0.65\)/);
  const again = relizo("bench", "paper", "--from", join(out, "paper.json"), "--out", join(folder, "again"));
  assert.equal(again.out, first.out);
  assert.ok(existsSync(join(folder, "again", "index.html")));
});

test("ctrl-C ends a run early with what it found", { skip: process.platform === "win32" }, async () => {
  const args = ["bench", "run", "-p", "SROSENBR", "-d", "5000", "--seconds", "60", "--json"];
  const child = spawn(process.execPath, [...ARGS, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  let out = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    out += text;
  });
  child.stderr.once("data", () => child.kill("SIGINT")); // its first sign of life: the run has begun
  const timer = setTimeout(() => child.kill("SIGKILL"), 60_000);
  const code = await new Promise((resolve) => child.on("close", resolve));
  clearTimeout(timer);
  assert.equal(code, 130);
  assert.equal((JSON.parse(out) as { runs: { outcome: string }[] }).runs[0]?.outcome, "aborted");
});

test("a reader that leaves early is no error", { skip: process.platform === "win32" }, () => {
  const script = `"${process.execPath}" ${ARGS.join(" ")} list problems | head -n 1; echo "\${PIPESTATUS[0]}"`;
  const { stdout, stderr } = spawnSync("bash", ["-c", script], { encoding: "utf8" });
  assert.equal(stderr, "");
  assert.match(stdout, /^ARGTRIGLS .*\n0\n$/);
});

test("nobody reading how far it is ends no run, and a full disk is one line", {
  skip: existsSync("/dev/full") ? false : "there is no /dev/full",
}, () => {
  const bash = (line: string): { stdout: string; stderr: string } =>
    spawnSync("bash", ["-c", line.replace("relizo", `"${process.execPath}" ${ARGS.join(" ")}`)], {
      encoding: "utf8",
    });
  const out = join(folder, "unread");
  bash(`relizo bench run -p ROSENBR --queries 50 --seeds 2 --out ${out} 2>&1 >/dev/null | true`);
  assert.ok(existsSync(join(out, "index.html")));
  const { stdout, stderr } = bash('relizo list >/dev/full; echo "$?"');
  assert.equal(stdout, "1\n");
  assert.match(stderr, /^relizo: ENOSPC: .*\n$/);
});
