import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { RelizoError } from "../src/index.ts";
import { decodeSafetensors } from "../src/parameters/index.ts";
import { minimizeCommand } from "./minimize.ts";

const folder = mkdtempSync(join(tmpdir(), "relizo-minimize-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const ARGS = ["--import", "tsx", "cli/relizo.ts", "minimize"];
const inside = (name: string): string => join(folder, name);

function file(name: string, text: string): string {
  writeFileSync(inside(name), text);
  return inside(name);
}

interface Printed {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

function program(...args: readonly string[]): Printed {
  const { status, stdout, stderr } = spawnSync(process.execPath, [...ARGS, ...args], { encoding: "utf8" });
  return { code: status, out: stdout, err: stderr };
}

/** The same in this process. */
async function relizo(...args: readonly string[]): Promise<Printed> {
  const lines: string[] = [];
  const { log } = console;
  console.log = (line: string) => lines.push(line);
  try {
    await minimizeCommand().exitOverride().parseAsync(args, { from: "user" });
    return { code: Number(process.exitCode ?? 0), out: lines.join("\n"), err: "" };
  } catch (error) {
    const code =
      error instanceof RelizoError && ["OPTION", "DATA", "SHAPE", "VALUE"].includes(error.code) ? 2 : 1;
    return { code, out: lines.join("\n"), err: error instanceof Error ? error.message : String(error) };
  } finally {
    console.log = log;
    process.exitCode = 0;
  }
}

/** The last line, as --json prints it. */
function last(out: string) {
  return JSON.parse(out.trimEnd().split("\n").at(-1)!) as {
    readonly value: number;
    readonly queries: number;
    readonly steps: number;
    readonly outcome: string;
    readonly message: string;
    readonly reuse: number;
    readonly hash: { readonly trajectory: string; readonly x: string };
  };
}

function ended({ code, out, err }: Printed): ReturnType<typeof last> {
  assert.equal(code, 0, err);
  return last(out);
}

const run = async (...args: readonly string[]) => ended(await relizo(...args, "--json"));

const VALLEY = `
  export const x0: readonly number[] = Array.from({ length: 12 }, () => -1);
  export function objective(x: Float64Array): number {
    let sum = 0;
    for (let i = 0; i + 1 < x.length; i++) sum += 100 * (x[i + 1]! - x[i]! ** 2) ** 2 + (1 - x[i]!) ** 2;
    return sum;
  }`;
const valley = file("valley.ts", VALLEY);
const PYTHON = `
import json, sys
for line in sys.stdin:
    task = json.loads(line)
    x = task["x"]
    value = sum(100 * (b - a * a) ** 2 + (1 - a) ** 2 for a, b in zip(x, x[1:]))
    print(json.dumps({"id": task["id"], "value": value}), flush=True)
`;
const START = ["--x0", Array(12).fill(-1).join(",")];

test("in this thread, in threads, by a program and by a service the run is the same", async () => {
  const budget = ["--queries", "300", "--seed", "4"];
  const alone = await run(valley, ...budget);
  assert.equal(alone.outcome, "queries");
  assert.ok(alone.queries <= 300 && alone.queries > 280 && alone.reuse > 0.05 && alone.value < 2000);
  assert.match(alone.message, /raise|ran out. With --journal FILE/);
  assert.deepEqual(await run(valley, ...budget, "--workers", "2"), alone);
  const program = await run("--command", `python3 ${file("eval.py", PYTHON)}`, ...START, ...budget);
  assert.deepEqual(program, alone);
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const { tasks } = JSON.parse(Buffer.concat(parts).toString()) as { tasks: { x: number[] }[] };
    const value = (x: number[]): number => {
      let sum = 0;
      for (let i = 0; i + 1 < x.length; i++) sum += 100 * (x[i + 1]! - x[i]! ** 2) ** 2 + (1 - x[i]!) ** 2;
      return sum;
    };
    response.setHeader("content-type", "application/json");
    response.end(JSON.stringify({ values: tasks.map(({ x }) => value(x)) }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const { port } = server.address() as AddressInfo;
    const args = ["--url", `http://127.0.0.1:${port}/`, ...START, ...budget, "--batch-size", "4", "--json"];
    const child = spawn(process.execPath, [...ARGS, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    const [out, err]: [string[], string[]] = [[], []];
    child.stdout.on("data", (part) => out.push(String(part)));
    child.stderr.on("data", (part) => err.push(String(part)));
    const code = await new Promise((resolve) => child.on("close", resolve));
    assert.equal(code, 0, err.join(""));
    assert.deepEqual(last(out.join("")), alone);
  } finally {
    server.close();
  }
});

test("bounds, target, method and settings; --out holds x", async () => {
  const out = inside("found.json");
  const bounded = await run(valley, "--upper", "0.25", "--queries", "400", "--out", out);
  const found = JSON.parse(readFileSync(out, "utf8")) as { x: number[]; value: number };
  assert.ok(found.x.length === 12 && found.x.every((xi) => xi <= 0.25) && found.value === bounded.value);
  const again = await run(valley, "--x0", out, "--queries", "9");
  assert.ok(again.value <= found.value);
  assert.equal((await run(valley, "-m", "fd-lbfgs", "--target", "1", "--queries", "5000")).outcome, "target");
  const { steps } = await run(valley, "-m", "zo-sgd", "--set", "lr=1e-5", "samples=3", "--steps", "7");
  assert.equal(steps, 7);
});

test("a journal is gone on with, by a larger budget and after an interruption, in the same bits", async () => {
  const whole = await run(valley, "--queries", "600", "--seed", "2");
  const journal = inside("run.journal");
  const first = ended(program(valley, "--queries", "200", "--seed", "2", "--journal", journal, "--json"));
  assert.match(first.message, /To go on: relizo minimize \S*valley.ts .*--queries \d+ --resume/);
  assert.notEqual(first.hash.trajectory, whole.hash.trajectory);
  const refused = await relizo(valley, "--queries", "600", "--journal", journal);
  assert.equal(refused.code, 2);
  assert.match(refused.err, /holds a run of relizo with \d+ rounds of queries; --resume goes on with it/);
  const bits = ({ message: _, reuse: __, ...rest }: typeof whole): object => rest;
  const end = bits(whole);
  assert.deepEqual(bits(await run(valley, "--queries", "600", "--journal", journal, "--resume")), end);

  const slow = file(
    "slow.ts",
    VALLEY.replace("number {", "Promise<number> {")
      .replace("export function", "export async function")
      .replace("let sum = 0;", "let sum = 0; await new Promise((resolve) => setTimeout(resolve, 4));"),
  );
  const cut = inside("cut.journal");
  const args = [slow, "--queries", "600", "--seed", "2", "--journal", cut];
  for (const signal of ["SIGINT", "SIGKILL", "SIGTERM"] as const) {
    const child = spawn(process.execPath, [...ARGS, ...args, "--resume", "--json"], { stdio: "pipe" });
    const out: string[] = [];
    child.stdout.on("data", (part) => out.push(String(part)));
    const before = existsSync(cut) ? readFileSync(cut).length : 0;
    while (!existsSync(cut) || readFileSync(cut).length < before + 1500)
      await new Promise((resolve) => setTimeout(resolve, 20));
    child.kill(signal);
    const code = await new Promise((resolve) => child.on("close", resolve));
    if (signal === "SIGKILL") continue;
    assert.equal(code, 130);
    const { outcome, message } = last(out.join(""));
    assert.equal(outcome, "aborted");
    assert.match(message, /interrupted. To go on: relizo minimize .*cut.journal.* --resume$/);
  }
  assert.deepEqual(bits(await run(...args, "--resume")), end);
});

test("parameters of a module move in place, go on from a journal in the same bits, and are written as safetensors", async () => {
  const flat = file(
    "flat.ts",
    `export const parameters = Float32Array.from({ length: 5000 }, (_, i) => 0.1 * Math.sin(i));
     export const objective = (p: Float32Array): number => p.reduce((sum, v, i) => sum + (1 + (i % 3)) * (v - 0.05) ** 2, 0);`,
  );
  const [out, journal] = [inside("flat.safetensors"), inside("flat.journal")];
  const set = ["--set", "radius=1e-3", "--directions", "gaussian", "--seed", "8"];
  const whole = ended(program(flat, ...set, "--queries", "200", "--out", out, "--json"));
  ended(program(flat, ...set, "--queries", "90", "--journal", journal, "--json"));
  const { message: _, ...end } = whole;
  const { message: __, ...resumed } = ended(
    program(
      flat,
      ...["--directions", "gaussian", "--queries", "200", "--journal", journal, "--resume", "--json"],
    ),
  );
  assert.deepEqual(resumed, end);
  const { parameters } = decodeSafetensors(readFileSync(out));
  const x = parameters.get("x").data;
  const f = x.reduce((sum, v, i) => sum + (1 + (i % 3)) * (v - 0.05) ** 2, 0);
  assert.ok(x.length === 5000 && Math.abs(f - whole.value) <= 1e-6 * f, `${f}, ${whole.value}`);
  const hash = createHash("sha256").update(new Uint8Array(x.buffer, x.byteOffset, x.byteLength));
  assert.equal(hash.digest("hex"), whole.hash.x);
  for (const [args, message] of [
    [[flat, "--queries", "8"], /--queries must be at least 9/],
    [[flat, "--workers", "2"], /asked in this thread, or over --nats; leave out --workers/],
    [[flat, "--x0", "1"], /flat.ts exports parameters/],
    [[flat, "-m", "zo-adamm"], /must be relizo, zo-sgd, prgf or mezo/],
    [[flat, "--timeout", "3"], /one query after the other; --timeout goes with --nats/],
    [[flat, "--out", folder], /--out must be a file, got the folder/],
    [[valley, "--rank", "3"], /--rank is for a module that exports parameters/],
    [[flat, "--rank", "3"], /rank and lazy need directions "low-rank"/],
  ] as const) {
    const { code, err } = await relizo(...args);
    assert.match(err, message);
    assert.equal(code, 2);
  }
});

test("a wrong call is answered with 2, before anything is asked, and says what to do", async () => {
  const never = file("never.ts", "export const objective = () => { throw new Error('asked'); };");
  const busy = inside("none.journal");
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [[], /needs a module that exports the objective, or --command, --url or --nats/],
    [[inside("missing.ts")], /There is no file .*missing.ts/],
    [[never], /exports no x0; export one, or give --x0/],
    [[never, "--x0", "1,,2"], /--x0 must be numbers with commas between, got "1,,2"/],
    [[never, "--x0", inside("no.json")], /--x0 must be numbers .* or a file .*no such file/],
    [[valley, "--command", "true"], /cannot both answer/],
    [["--command", "true", "--url", "http://127.0.0.1:1"], /--command and --url cannot both answer/],
    [["--url", "http://u:p@127.0.0.1/", "--x0", "1"], /without a user and a password/],
    [[valley, "--resume"], /--resume needs --journal FILE/],
    [[valley, "--lower", "2", "--upper", "1"], /--lower must not be above --upper/],
    [[valley, "-m", "relzo"], /did you mean relizo\?/],
    [[valley, "--set", "lr=-1"], /relizo: lr must be/],
    [
      [valley, "--queries", "8"],
      /--queries must be at least 9, which is what one round of relizo takes here/,
    ],
    [[valley, "--queries", "12", "-m", "nelder-mead"], /--queries must be at least 13/],
    [[valley, "--queries", "0"], /--queries must be a whole number of at least 1/],
    [[valley, "--header", "a: b"], /--header goes with --url/],
    [[valley, "--nats", "localhost", "--ack-wait", "0.4"], /--ack-wait must be a number from 0.5 to 3600/],
    [[valley, "--failed", "none"], /--failed knows no "none".*abort, nan/],
    [[valley, "--journal", valley], /valley.ts/],
    [[valley, "--nats", "nats://127.0.0.1:1", "--workers", "2"], /start `relizo worker`/],
    [[valley, "--journal", busy, "--lower", "3", "--upper", "2"], /--lower/],
  ];
  for (const [args, message] of cases) {
    const { code, out, err } = await relizo(...args);
    assert.match(err, message);
    assert.equal(out, "");
    assert.ok(code === 2 || /valley.ts/.test(String(message)), `${args.join(" ")}: ${code}`);
  }
  assert.ok(!existsSync(busy));
});

test("an objective that always fails ends the run with its reason, and a lost service with what was tried", async () => {
  const broken = file(
    "broken.mjs",
    "export const x0 = [1, 2]; export const objective = () => { throw new Error('no licence'); };",
  );
  const { code, out } = await relizo(broken);
  assert.equal(code, 1);
  assert.match(out, /no query succeeded[\s\S]*no licence/);
  const lost = await relizo(
    "--url",
    "http://127.0.0.1:9/",
    "--x0",
    "1,2",
    "--retries",
    "1",
    "--backoff",
    "0.01",
  );
  assert.equal(lost.code, 1);
  assert.match(lost.err, /2 attempts at task 0 of round 0 failed; the last: .*could not be reached/);
});

test("an objective that ends the process is no success, one that waits for ever is waited for", async () => {
  const exits = file(
    "exits.mjs",
    "let n = 0; export const x0 = [1, 2]; export const objective = (x) => { if (n++ > 5) process.exit(0); return x[0] ** 2; };",
  );
  const { code, out, err } = program(exits);
  assert.deepEqual([code, out], [1, ""]);
  assert.match(err, /the process was ended from within, before the run did; with --workers 1/);
  const waits = file(
    "waits.mjs",
    "let n = 0; export const x0 = [1, 2]; export const objective = (x) => (n++ > 5 ? new Promise(() => {}) : x[0] ** 2);",
  );
  const child = spawn(process.execPath, [...ARGS, waits, "--json"], { stdio: "pipe" });
  let said = "";
  child.stdout.on("data", (part) => {
    said += String(part);
  });
  let errors = "";
  child.stderr.on("data", (part) => {
    errors += String(part);
    if (/of \d+ answered/.test(errors) && !child.killed) child.kill("SIGINT"); // a round that waits is shown
  });
  const ended = await new Promise((resolve) => child.on("close", resolve));
  assert.equal(ended, 130, errors);
  assert.equal(last(said).outcome, "aborted");
});
