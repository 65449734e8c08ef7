import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { askInline } from "../src/evaluate/task.ts";
import { createMethod } from "../src/index.ts";
import { openJournal } from "../src/journal/file/index.ts";
import { minimizeRecorded, minimizeRecordedInPlace, type RecordedSolution } from "../src/journal/index.ts";
import { decodeSafetensors, encodeSafetensors, Parameters } from "../src/parameters/index.ts";
import { openKernels } from "../src/run/kernels.ts";

const folder = mkdtempSync(join(tmpdir(), "relizo-cli-journal-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const path = join(folder, "run.journal");
const settings = { samples: 3, lr: 0.05 };
const base = Parameters.from({
  "b.weight": { shape: [2, 3], data: Float32Array.from({ length: 6 }, (_, i) => Math.sin(i)) },
  "a.bias": Float32Array.of(0.5, -0.25),
});
/** In the order of names. */
const X0 = Float64Array.from(base.arrays.flatMap((array) => [...array]));
const bowl = (x: Float64Array): number => x.reduce((sum, xi, i) => sum + (i + 1) * (xi - 1) ** 2, 0);
let solution: RecordedSolution;

before(async () => {
  const journal = await openJournal(path);
  const method = createMethod("relizo", settings);
  const ask = askInline((x) => (x[0]! > 0.9 ? Number.NaN : bowl(x)));
  solution = await minimizeRecorded(ask, X0, {
    journal,
    run: "mine",
    method,
    settings,
    seed: 3,
    maxSteps: 9,
  });
  await journal.close();
  writeFileSync(join(folder, "x0.json"), JSON.stringify([...X0]));
});

function relizo(...args: readonly string[]) {
  const all = ["--import", "tsx", "cli/relizo.ts", "journal", ...args];
  const { status, stdout, stderr } = spawnSync(process.execPath, all, { encoding: "utf8" });
  return { code: status, out: stdout, err: stderr };
}

test("show says what the run is and how its values went", () => {
  const { code, out } = relizo("show", path);
  assert.equal(code, 0);
  assert.match(
    out,
    /is whole: \d+ records[\s\S]*run +mine[\s\S]*method +relizo \{"lr":0\.05,"samples":3\}[\s\S]*seed +3\n/,
  );
  assert.match(out, new RegExp(`trajectory +${solution.hashes.trajectory}`));
  const found = JSON.parse(relizo("show", path, "--json").out);
  assert.equal(found.queries, solution.queries);
  assert.equal(found.trajectory, solution.hashes.trajectory);
  assert.equal(found.best.value, solution.value);
  assert.equal(found.state, "whole");
});

test("verify answers 0 for a whole journal, 1 for a torn or damaged one, 2 where there is none", () => {
  assert.equal(relizo("verify", path).code, 0);
  const bytes = readFileSync(path);
  const [torn, damaged] = [join(folder, "torn"), join(folder, "damaged")];
  writeFileSync(torn, bytes.subarray(0, bytes.length - 3));
  writeFileSync(
    damaged,
    bytes.map((byte, i) => (i === 300 ? byte ^ 8 : byte)),
  );
  const cut = relizo("verify", torn);
  assert.deepEqual([cut.code, /no whole record/.test(cut.out)], [1, true]);
  assert.equal(JSON.parse(relizo("verify", damaged, "--json").out).state, "damaged");
  const flipped = relizo("verify", damaged);
  assert.deepEqual([flipped.code, /damaged at byte \d+, in record \d+/.test(flipped.out)], [1, true]);
  assert.deepEqual([relizo("show", damaged).code, relizo("verify", join(folder, "none")).code], [1, 2]);
});

test("replay goes back to any round, and to the end of the run", () => {
  const x0 = join(folder, "x0.json");
  const out = join(folder, "x.json");
  const end = JSON.parse(relizo("replay", path, "--x0", x0, "--json", "--out", out).out);
  assert.deepEqual(end.hash.trajectory, solution.hashes.trajectory);
  assert.deepEqual(end.hash.x, solution.hashes.x);
  assert.deepEqual(JSON.parse(readFileSync(out, "utf8")).x, [...solution.x]);
  const start = JSON.parse(
    relizo("replay", path, "--x0", x0, "--at", "0", "--json", "--iterate", "--out", out).out,
  );
  assert.deepEqual([start.rounds, start.queries, start.value], [0, 0, null]);
  assert.deepEqual(JSON.parse(readFileSync(out, "utf8")).x, [...X0]);
  const late = relizo("replay", path, "--x0", x0, "--at", "999");
  assert.deepEqual([late.code, /at must be a whole number from 0 to \d+/.test(late.err)], [2, true]);
  const other = relizo("replay", path, "--x0", "1,2,3");
  assert.deepEqual([other.code, /the dimension is 8 there and 3 here/.test(other.err)], [1, true]);
});

test("export replays a run whose parameters moved in place onto the weights it began with", async () => {
  const [file, from, to] = ["seeds.journal", "seeds.safetensors", "moved.safetensors"].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  writeFileSync(from, encodeSafetensors(base));
  const model = base.clone().freeze("a.*");
  const kernels = await openKernels();
  const own = { samples: 2, lr: 1e-3, radius: 1e-3 };
  const journal = await openJournal(file);
  const { hashes } = await minimizeRecordedInPlace(
    (x: Parameters) => bowl(Float64Array.from(x.get("b.weight").data)),
    model,
    {
      journal,
      space: kernels.seeded({ directions: "gaussian" }),
      method: createMethod("zo-sgd", own),
      settings: own,
      maxSteps: 5,
    },
  );
  await journal.close();
  kernels.close();
  const { code, out, err } = relizo("export", file, "--base", from, "--out", to, "--select", "b.*");
  assert.equal(code, 0, err);
  assert.match(out, new RegExp(`1 of 2 tensors, 6 numbers, after \\d+ rounds; sha256 of x ${hashes.x}`));
  assert.deepEqual(
    [...decodeSafetensors(readFileSync(to)).parameters].map(({ data }) => data),
    [...model].map(({ data }) => data),
  );
});

test("export writes the base weights as the run left them", () => {
  const [from, to] = [join(folder, "base.safetensors"), join(folder, "new.safetensors")];
  const more = Parameters.from(
    new Map([...base, { name: "z", shape: [1], data: Float32Array.of(7) }].map((one) => [one.name, one])),
  );
  writeFileSync(from, encodeSafetensors(more));
  const all = relizo("export", path, "--base", from, "--out", to);
  assert.deepEqual([all.code, /hold 9 numbers; --select/.test(all.err)], [2, true]);
  const { code, out, err } = relizo("export", path, "--base", from, "--out", to, "--select", "a.*", "b.*");
  assert.equal(code, 0, err);
  assert.match(
    out,
    new RegExp(`2 of 3 tensors, 8 numbers, after \\d+ rounds; sha256 of x ${solution.hashes.x}`),
  );
  const { parameters, metadata } = decodeSafetensors(readFileSync(to));
  assert.deepEqual(
    [...parameters.get("a.bias").data, ...parameters.get("b.weight").data],
    [...Float32Array.from(solution.x)],
  );
  assert.deepEqual([...parameters.get("z").data], [7]);
  assert.equal(metadata.relizo_trajectory, solution.hashes.trajectory);
  base.get("a.bias").data[0] = 0.75;
  writeFileSync(from, encodeSafetensors(base));
  const wrong = relizo("export", path, "--base", from, "--out", to);
  assert.deepEqual([wrong.code, /the start \(a hash of x0\)/.test(wrong.err)], [1, true]);
});
