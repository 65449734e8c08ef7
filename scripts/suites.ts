/** Runs test files under Node's own runner and counts what came out; `scripts/unit.ts` and `scripts/test.ts` share it. */
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { node, TSX } from "./run.ts";
import { makeWasm } from "./wasm.ts";

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** These test what is published, so they need `dist` as it is now; `npm test` builds it before. */
export const PACKED = "test/packed.test.ts";
export const DOCUMENTS: readonly string[] = ["test/examples.test.ts", "test/readme.test.ts"];

/** A test that hangs fails after this long [ms]. */
const TIMEOUT = 600_000;

/** Every other *.test.ts. Node 20 does not expand globs itself. */
export function unitTests(): string[] {
  const files = ["src", "apps", "cli", "bench", "test"]
    .filter((folder) => existsSync(folder))
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: "utf8" })
        .filter((name) => name.endsWith(".test.ts"))
        .map((name) => join(folder, name)),
    );
  return files.filter((file) => file !== PACKED && !DOCUMENTS.includes(file)).sort();
}

/** Streams the readable report, and counts from a second one in TAP, whose closing lines are made for programs. */
export async function runSuites(files: readonly string[]): Promise<Counts> {
  if ((await makeWasm()) !== 0) return { passed: 0, failed: 1, skipped: 0 };
  const folder = mkdtempSync(join(tmpdir(), "relizo-tap-"));
  const tap = join(folder, "report.tap");
  try {
    const code = await node(
      ...TSX,
      "--test",
      `--test-timeout=${TIMEOUT}`,
      `--test-concurrency=${availableParallelism()}`,
      "--test-reporter=spec",
      "--test-reporter-destination=stdout",
      "--test-reporter=tap",
      `--test-reporter-destination=${tap}`,
      ...files,
    );
    return count(readFileSync(tap, "utf8"), code);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/**
 * What a TAP report says. A runner that failed without naming a failed test, or never reached its closing lines, is one
 * failure.
 */
export function count(tap: string, code: number): Counts {
  const of = (word: string): number => {
    const lines = [...tap.matchAll(new RegExp(`^# ${word} (\\d+)$`, "gm"))];
    return Number(lines.at(-1)?.[1] ?? Number.NaN); // what tests print comes before the closing lines
  };
  const passed = of("pass");
  const failed = of("fail") + of("cancelled");
  const skipped = of("skipped") + of("todo");
  if (Number.isNaN(passed + failed + skipped)) return { passed: 0, failed: 1, skipped: 0 };
  return { passed, failed: code === 0 ? failed : Math.max(failed, 1), skipped };
}

export function add(a: Counts, b: Counts): Counts {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped };
}

/** "12 passed, 0 failed", and ", 1 skipped" where some were. */
export function sentence({ passed, failed, skipped }: Counts): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`;
}
