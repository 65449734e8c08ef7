/** Our Python scripts beside this file: each answers a line of JSON with another. */
import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

/** A script that runs. */
export interface Python {
  /** Writes the question; the numbers that come back. */
  ask(question: object): Promise<readonly number[]>;
  close(): void;
}

/**
 * Tells glibc never to hand freed pages back to the system: more than half of a long step of the reference goes into
 * having them back, zeroed, one by one.
 */
export const PAGES_KEPT: Readonly<Record<string, string>> = {
  MALLOC_MMAP_THRESHOLD_: "4000000000",
  MALLOC_TRIM_THRESHOLD_: "4000000000",
};

/**
 * @param environment  variables beside those of this process
 * @throws Error where no Python has PyTorch
 */
export function startPython(
  script: string,
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
): Python {
  const program = pythonWithTorch();
  if (program === undefined)
    throw new Error(`None of ${candidates().join(", ")} has PyTorch; RELIZO_PYTHON can name another Python.`);
  const path = fileURLToPath(new URL(script, import.meta.url));
  const env = { ...process.env, ...environment };
  const child: ChildProcessWithoutNullStreams = spawn(program, [path, ...args], { env });
  child.stderr.pipe(process.stderr);
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    async ask(question) {
      child.stdin.write(`${JSON.stringify(question)}\n`);
      const line = await lines.next();
      if (line.done) throw new Error(`The process of ${script} ended; its message stands above.`);
      const numbers: readonly number[] = JSON.parse(line.value);
      return numbers;
    },
    close: () => child.stdin.end(),
  };
}

/** `RELIZO_PYTHON`, or the first of the usual ones that has PyTorch; undefined where none has. */
export function pythonWithTorch(): string | undefined {
  return candidates().find((program) => {
    try {
      execFileSync(program, ["-c", "import torch"], { stdio: "ignore" });
      return true;
    } catch {
      return false;
    }
  });
}

function candidates(): readonly string[] {
  const named = process.env.RELIZO_PYTHON;
  return named ? [named] : ["python3", "/usr/bin/python3", "python"];
}
