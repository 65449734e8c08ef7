/** The ONNX project's own checker, with its inference of shapes: Python's `onnx` from Debian's package, found or installed. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { encodeModel, type OnnxModel } from "../src/onnx/model.ts";
import { type Found, install } from "./chromium.ts";

/** Python with the package: `RELIZO_ONNX_PYTHON`, or Debian's; installed where it is not there. */
function python(): Found {
  const named = process.env.RELIZO_ONNX_PYTHON;
  const path = named !== undefined && named !== "" ? named : "/usr/bin/python3";
  if (hasOnnx(path)) return { path };
  if (named !== undefined && named !== "")
    throw new Error(`RELIZO_ONNX_PYTHON names "${named}", which is no Python with the package onnx.`);
  const said = install("python3-onnx");
  return hasOnnx(path)
    ? { path }
    : { reason: `there is no Python with the package onnx, and it could not be installed: ${said}` };
}

function hasOnnx(path: string): boolean {
  return existsSync(path) && spawnSync(path, ["-c", "import onnx.checker"]).status === 0;
}

const found = python();

/** Why models are not checked here; false where they are. */
export const noChecker: string | false = "reason" in found && found.reason;

/** Checks one path a line, and answers each with a line: nothing, or what is wrong. */
const SCRIPT = `
import sys, onnx
for line in sys.stdin:
    path = line.rstrip("\\n")
    said = ""
    try:
        onnx.checker.check_model(path, full_check=True)
    except Exception as error:
        said = " ".join(str(error).split()) or "an error without words"
    print(said, flush=True)
`;

let child: ChildProcess | undefined;
let answers: AsyncIterator<string> | undefined;
let last: Promise<unknown> = Promise.resolve();

/**
 * Fails where the checker refuses a model, with what it says. Where there is no checker it says so, once, and passes.
 *
 * @param what  a model, or the path of one whose numbers lie beside it
 */
export async function expectChecked(what: OnnxModel | string): Promise<void> {
  if ("reason" in found) {
    process.emitWarning(`models are not checked: ${found.reason}`, { code: "RELIZO_ONNX_CHECKER" });
    return;
  }
  const mine = last.then(() => said(found.path, what));
  last = mine.catch(() => {});
  assert.equal(await mine, "", "the ONNX checker accepts the model");
}

async function said(path: string, what: OnnxModel | string): Promise<string> {
  if (typeof what === "string") return await ask(path, what);
  const folder = mkdtempSync(join(tmpdir(), "relizo-onnx-"));
  try {
    const file = join(folder, "model.onnx");
    writeFileSync(file, encodeModel(what));
    return await ask(path, file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function ask(path: string, file: string): Promise<string> {
  if (!child || !answers) {
    child = spawn(path, ["-c", SCRIPT], { stdio: ["pipe", "pipe", "inherit"] });
    answers = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
    const started = child;
    process.on("exit", () => started.kill("SIGKILL"));
  }
  hold(child, true);
  child.stdin!.write(`${file}\n`);
  const answer = await answers.next();
  hold(child, false);
  return answer.done ? "the checker ended" : answer.value;
}

/** Whether the process keeps ours alive: only while it is asked. */
function hold(one: ChildProcess, held: boolean): void {
  for (const part of [one, one.stdin, one.stdout]) {
    const handle = part as unknown as { ref?(): void; unref?(): void } | null;
    if (held) handle?.ref?.();
    else handle?.unref?.();
  }
}
