/** 8. kill -9 of a fine-tune at a random moment: resumed until it ends, it is the fine-tune that nobody killed. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { uniforms } from "../../src/index.ts";
import { dataFolder } from "../data-folder.ts";
import { bundled, ended, sideBySide } from "../program.ts";

export const title = "kill -9 of relizo finetune at a random moment";
export const skip: string | false =
  dataFolder() === undefined ? "there is no folder of data: RELIZO_DATA names it" : false;

const LANES = 4;

interface Kind {
  readonly name: string;
  readonly runs: { readonly short: number; readonly whole: number };
  readonly args: readonly string[];
  readonly steps: { readonly short: number; readonly whole: number };
}

const KINDS: readonly Kind[] = [
  {
    name: "LoRA in place by relizo",
    runs: { short: 2, whole: 20 },
    steps: { short: 24, whole: 60 },
    args: ["--method", "lora", "--optimizer", "relizo", "--set", "samples=3"],
  },
  {
    name: "all weights in place by mezo, without a copy",
    runs: { short: 2, whole: 15 },
    steps: { short: 160, whole: 400 },
    args: ["--method", "full", "--optimizer", "mezo", "--set", "lr=1e-5", "--low-memory"],
  },
  {
    name: "a prompt by zo-adamm, over dense vectors",
    runs: { short: 2, whole: 15 },
    steps: { short: 24, whole: 60 },
    args: ["--method", "prompt", "--tokens", "3", "--optimizer", "zo-adamm", "--set", "lr=1e-2"],
  },
];

/** What is left behind and must be the same in every byte: weights and journal, by path. */
function kept(folder: string): ReadonlyMap<string, Buffer> {
  const files = readdirSync(folder, { recursive: true, encoding: "utf8" }).sort();
  const own = files.filter((name) => name.endsWith(".safetensors") || name === "run.journal");
  return new Map(own.map((name) => [name, readFileSync(join(folder, name))]));
}

export async function run(scale: "short" | "whole"): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "relizo-finetune-"));
  try {
    const script = await bundled("cli/relizo.ts", folder);
    for (const kind of KINDS) await runKind(kind, scale, folder, script);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function runKind(
  { name, runs, steps, args }: Kind,
  scale: "short" | "whole",
  folder: string,
  script: string,
): Promise<void> {
  const data = dataFolder() ?? "";
  const most = steps[scale];
  const command = (out: string): string[] => [
    ...[script, "finetune", "--resume", "--json", "--out", out, "--threads", "1", "--seed", "5"],
    ...["--model", join(data, "stories260k", "model.onnx"), "--data", join(data, "sst2", "dev.tsv")],
    ...[
      "--template",
      "{sentence} It was",
      "--words",
      "bad,good",
      "--train-size",
      "24",
      "--validation-size",
      "8",
    ],
    ...[
      "--batch-size",
      "3",
      "--steps",
      String(most),
      "--evaluate-every",
      String(Math.ceil(most / 4)),
      ...args,
    ],
  ];
  const reference = join(folder, "reference");
  const began = performance.now();
  const first = await ended(command(reference));
  let took = performance.now() - began;
  assert.equal(first.code, 0, first.err);
  const due = result(first.out);
  const files = kept(reference);
  assert.ok(files.has("run.journal") && files.has("best.safetensors") && files.size > 2);
  const count = { kills: 0, begun: 0, torn: 0, spared: 0 };
  await sideBySide(runs[scale], LANES, async (i) => {
    const out = join(folder, `${i}`);
    const moments = uniforms({ seed: 2, step: i }, 0, 64);
    let kills = 0;
    for (let sitting = 0; ; sitting++) {
      // The first sitting is always killed, the next ones every other time.
      const killed = sitting === 0 || (sitting < 32 && moments[2 * sitting + 1]! < 0.5);
      const ending = await ended(command(out), (child) => {
        if (!killed) return;
        const timer = setTimeout(() => child.kill("SIGKILL"), took * moments[2 * sitting]!);
        child.on("exit", () => clearTimeout(timer));
      });
      if (/torn/.test(ending.err)) count.torn++;
      const [, rounds = "0"] = /: (\d+) rounds are not asked again/.exec(ending.err) ?? [];
      if (ending.signal === "SIGKILL") {
        kills++;
        if (existsSync(join(out, "run.journal"))) count.begun++;
        continue;
      }
      assert.equal(ending.code, 0, ending.err);
      count.spared += Number(rounds);
      assert.deepEqual(result(ending.out), due, `run ${i}, after ${kills} kills`);
      const found = kept(out);
      assert.deepEqual([...found.keys()], [...files.keys()]);
      for (const [name, bytes] of files)
        assert.ok(found.get(name)?.equals(bytes), `run ${i}, after ${kills} kills: ${name}`);
      assert.ok(!existsSync(join(out, "run.journal.pending")), `pending ${i}`);
      rmSync(out, { recursive: true });
      if (kills > 0) break;
      took *= 0.9; // it had ended when its moment came: once more, with an earlier one
      sitting = -1;
    }
    count.kills += kills;
  });
  assert.ok(count.begun > 0, `${name}: no kill hit a run that had begun`);
  rmSync(reference, { recursive: true });
  console.log(
    `${name}: ${runs[scale]} killed runs, ${count.kills} times in all (${count.begun} with a journal, ${count.torn} torn tails found, ` +
      `${count.spared} rounds not asked again), end with the hashes, evaluations, best weights and journal of the run that nobody killed (${Math.round(took)} ms, ${files.get("run.journal")?.length} bytes): ${JSON.stringify(due)}`,
  );
}

/** What must be the same: the message and the files name the folder. */
function result(out: string): Readonly<Record<string, unknown>> {
  const { message: _, files: __, ...same } = JSON.parse(out) as Record<string, unknown>;
  return same;
}
