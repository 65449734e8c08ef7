import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import type { Section } from "../apps/report/section.ts";
import { benchRunCommand } from "./bench-run.ts";

const folder = mkdtempSync(join(tmpdir(), "relizo-bench-run-"));
after(() => rmSync(folder, { recursive: true, force: true }));

/** Runs the command and returns what it printed. */
async function run(...args: readonly string[]): Promise<string> {
  const lines: string[] = [];
  const log = console.log;
  console.log = (line: string) => lines.push(line);
  try {
    await benchRunCommand().exitOverride().parseAsync(args, { from: "user" });
  } finally {
    console.log = log;
  }
  return lines.join("\n");
}

interface Printed {
  readonly noise: number;
  readonly lower: number | null;
  readonly upper: number | null;
  readonly runs: readonly {
    readonly method: string;
    readonly seed: number;
    readonly settings: object;
    readonly value: number | null;
    readonly message: string;
  }[];
}

const json = async (...args: readonly string[]): Promise<Printed> => JSON.parse(await run(...args, "--json"));

test("several methods run side by side, each with the settings it has", async () => {
  const both = ["-p", "ROSENBR", "--queries", "60", "--seeds", "2"];
  const { runs } = await json(...both, "-m", "relizo", "--method", "fd-lbfgs", "--set", "samples=2");
  assert.deepEqual(
    runs.map(({ method, seed, settings }) => [method, seed, settings]),
    [
      ["relizo", 0, { samples: 2 }],
      ["relizo", 1, { samples: 2 }],
      ["fd-lbfgs", 0, {}],
      ["fd-lbfgs", 1, {}],
    ],
  );
  assert.deepEqual(
    (await json(...both, "-m", "zo-sgd,mezo")).runs.map(({ method }) => method),
    ["zo-sgd", "zo-sgd", "mezo", "mezo"],
  );
});

test("what cannot be is refused before anything runs, with its name", async () => {
  const file = join(folder, "file");
  writeFileSync(file, "");
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [["--start", "constructor"], /--start: ROSENBR has no start "constructor"; it has standard/],
    [["-d", "1e9"], /--dimension must be a whole number from 1 to 10000000, got "1e9"/],
    [["--seed", String(Number.MAX_SAFE_INTEGER), "--seeds", "2"], /--seed must leave room for 2 seeds/],
    [["--noise", "-1"], /--noise must be a finite number of at least 0/],
    [["--lower", "2", "--upper", "1"], /--lower must not be above --upper, got 2 and 1/],
    [["--seeds", "1e9"], /--seeds must be .* to 10000/],
    [["-m", ""], /--method must be one or more names/],
    [["--set", "smples=2", "-m", "relizo,fd-lbfgs"], /no option "smples"/],
    [["--set", "lr=1", "lr=2"], /gives lr twice/],
    [["--out", ""], /--out must be a folder .*got ""/],
    [["--out", join(file, "deeper")], /--out must be a folder .*ENOTDIR/],
  ];
  for (const [args, message] of cases)
    await assert.rejects(run("-p", "ROSENBR", ...args), { code: "OPTION", message });
});

test("noise is added to what the method sees, and the value shown is without it", async () => {
  const noisy = ["-p", "ROSENBR", "--steps", "0", "--queries", "5"];
  const far = ["-p", "ROSENBR", "-m", "random-search", "--steps", "50", "--noise", "1e6"];
  const { noise, runs } = await json(...far);
  assert.equal(noise, 1e6);
  assert.ok(runs[0]!.value! >= 0, "f of ROSENBR is never below zero, the noisy values are");
  assert.deepEqual((await json(...far)).runs[0]?.value, runs[0]?.value);
  assert.match(await run(...noisy, "--noise", "2"), /^ROSENBR, d = 2, noise 2\n/);
});

test("bounds hold, and the start is moved between them", async () => {
  const asked = ["-p", "ROSENBR", "--lower", "-3", "--upper", "-2", "-m", "zo-sgd", "--queries", "50"];
  const { lower, upper, runs } = await json(...asked);
  assert.deepEqual([lower, upper], [-3, -2]);
  assert.ok(runs[0]!.value! >= 3609, "the least of ROSENBR there: 100 (-2 - 4)^2 + (1 + 2)^2");
});

test("how a run ended names this program's own options", async () => {
  const { runs } = await json("-p", "ROSENBR", "--queries", "20");
  assert.equal(runs[0]?.message, "The query budget ran out; raise --queries.");
});

test("the report has a table and curves of all methods, and values below zero are drawn", async () => {
  const out = join(folder, "report");
  await run("-p", "EG2", "-d", "20", "-m", "relizo,fd-lbfgs", "--queries", "100", "--out", out);
  await run("-p", "ROSENBR", "--queries", "100", "--out", out);
  await run("-p", "ROSENBR", "--queries", "100", "--set", "lr=0.02", "--out", out);
  assert.ok(existsSync(join(out, "index.html")));
  const sections = readdirSync(join(out, "sections")).map(
    (name): Section => JSON.parse(readFileSync(join(out, "sections", name), "utf8")),
  );
  assert.equal(sections.length, 3, "other settings are another section");
  const [negative, positive] = sections.map(({ blocks }) => blocks);
  const charts = [negative, positive].map((blocks) => blocks?.find((block) => block.kind === "chart"));
  assert.deepEqual(
    charts.map((chart) => chart?.logY),
    [false, true],
  );
  assert.deepEqual(
    charts[0]?.curves.map(({ label }) => label),
    ["relizo", "fd-lbfgs"],
  );
  const table = negative?.find((block) => block.kind === "table");
  assert.match(
    String(table?.rows.map(([method, , , , queries]) => `${method} ${queries}`)),
    /^relizo \d+,fd-lbfgs \d+$/,
  );
});

test("a reader that leaves early leaves the report whole: it is written before anything is printed", async () => {
  const out = join(folder, "early");
  const log = console.log;
  console.log = () => {
    throw new Error("the reader is gone");
  };
  try {
    await assert.rejects(
      benchRunCommand().parseAsync(["-p", "ROSENBR", "--queries", "30", "--out", out], { from: "user" }),
      /reader is gone/,
    );
  } finally {
    console.log = log;
  }
  assert.ok(existsSync(join(out, "index.html")));
});
