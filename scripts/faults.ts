/**
 * `npm run faults`, or `npm run faults -- kill lock` for the files of test/faults whose name holds one of these: everything that
 * a run must survive, at full length, with its figures. `-- --short` is what the tests run.
 */
import { readdirSync } from "node:fs";
import { pathToFileURL } from "node:url";

export interface Fault {
  readonly title: string;
  /** Why it cannot run here, if it cannot. */
  readonly skip?: string | false;
  readonly run: (scale: "short" | "whole") => Promise<void>;
}

const FOLDER = "test/faults";

export function faultFiles(): readonly string[] {
  return readdirSync(FOLDER).filter((name) => name.endsWith(".ts") && !name.endsWith(".test.ts"));
}

export async function loadFault(file: string): Promise<Fault> {
  return (await import(pathToFileURL(`${FOLDER}/${file}`).href)) as Fault;
}

async function runAll(args: readonly string[]): Promise<void> {
  const scale = args.includes("--short") ? "short" : "whole";
  const wanted = args.filter((arg) => !arg.startsWith("--"));
  const files = faultFiles().filter(
    (file) => wanted.length === 0 || wanted.some((part) => file.includes(part)),
  );
  const failed: string[] = [];
  for (const file of files) {
    const { title, run, skip = false } = await loadFault(file);
    console.log(`\n== ${title} (${file}, ${scale})`);
    if (skip !== false) {
      console.log(`skipped: ${skip}`);
      continue;
    }
    const began = performance.now();
    try {
      await run(scale);
    } catch (error) {
      failed.push(file);
      console.error(error);
    }
    console.log(`${((performance.now() - began) / 1000).toFixed(1)} s`);
  }
  console.log(
    `\n${files.length - failed.length} held, ${failed.length} failed${failed.length > 0 ? `: ${failed.join(", ")}` : ""}`,
  );
  if (failed.length > 0 || files.length === 0) process.exitCode = 1;
}

if (process.argv[1]?.endsWith("faults.ts")) await runAll(process.argv.slice(2));
