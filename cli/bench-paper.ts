/** `relizo bench paper`: the paper's tables and figures, ours beside them. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { Command } from "commander";
import {
  merged,
  PARTS,
  type PaperResults,
  type Part,
  paperMethods,
  paperSection,
  runPaper,
  tuned,
  tunedModule,
} from "../apps/paper/index.ts";
import { sectionMarkdown } from "../apps/report/markdown.ts";
import { saveSection, writePage } from "../apps/report/page.ts";
import type { Section } from "../apps/report/section.ts";
import { problemNamed } from "../src/problem/index.ts";
import { progressBar } from "./progress.ts";
import { sectionText } from "./section-text.ts";
import { methodNamed, number, wrong } from "./settings.ts";
import { nearest } from "./text.ts";

interface Options {
  readonly quick?: boolean;
  readonly only?: readonly string[];
  readonly methods?: readonly string[];
  readonly problems?: readonly string[];
  readonly seeds: number;
  readonly threads: number;
  readonly out: string;
  readonly from?: string;
  readonly json?: boolean;
  readonly markdown?: string | true;
  readonly writeTuned?: string;
}

const list = (text: string): string[] => text.split(",").filter((word) => word !== "");

export function benchPaperCommand(): Command {
  return new Command("paper")
    .description("the paper's tables 6, 7, 8, 10, 11 and figures 1, 2: tune, run, and put ours beside them")
    .option("--quick", "take the settings an earlier full run found; figure 2 reduced")
    .option("--only <parts>", `some of ${PARTS.join(",")}`, list)
    .option("--methods <names>", `methods to run; default ${paperMethods.join(",")}`, list)
    .option("--problems <names>", "only these problems", list)
    .option("--seeds <n>", "seeds 0 to n - 1", number("--seeds", 1), 3)
    .option("--threads <n>", "runs at once", number("--threads", 1), availableParallelism())
    .option("--out <folder>", "where the report goes", "report")
    .option("--from <file>", "take results from an earlier run's paper.json in place of running")
    .option("--json", "print all results as JSON")
    .option("--markdown [file]", "print the tables as Markdown, or put them between a file's markers")
    .option("--write-tuned <file>", "write the settings found as a TypeScript module")
    .action(benchPaper);
}

async function benchPaper(options: Options): Promise<void> {
  const results = options.from === undefined ? await measured(options) : await read(options.from);
  if (results === undefined) return;
  const section = paperSection(results);
  if (options.json) console.log(JSON.stringify(results));
  else if (options.markdown === true) console.log(sectionMarkdown(section));
  else console.log(sectionText(section));
  if (typeof options.markdown === "string") await between(options.markdown, section);
  if (options.writeTuned !== undefined)
    await writeFile(options.writeTuned, tunedModule(merged(tuned, results)));
  await mkdir(options.out, { recursive: true });
  await writeFile(join(options.out, "paper.json"), JSON.stringify(results));
  await saveSection(options.out, section);
  console.error(`The report is ${await writePage(options.out)}`);
}

/** Undefined where ctrl-C ended it. */
async function measured(options: Options): Promise<PaperResults | undefined> {
  const stop = new AbortController();
  const onSignal = (): void => stop.abort();
  const asked = {
    ...(options.only && { parts: options.only.map(part) }),
    ...(options.methods && { methods: options.methods.map(methodNamed) }),
    ...(options.problems && { problems: options.problems.map((name) => problemNamed(name).name) }),
    seeds: Array.from({ length: options.seeds }, (_, seed) => seed),
    quick: options.quick ?? false,
    threads: options.threads,
    signal: stop.signal,
  };
  const bar = progressBar("bench paper", 1000);
  process.once("SIGINT", onSignal);
  try {
    return await runPaper({
      ...asked,
      onProgress: (done, note) => bar.update(Math.floor(1000 * done), note),
    });
  } catch (error) {
    if (!stop.signal.aborted) throw error;
    process.exitCode = 130;
    return undefined;
  } finally {
    bar.stop();
    process.removeListener("SIGINT", onSignal);
    if (stop.signal.aborted) console.error("Stopped; nothing was written.");
  }
}

function part(name: string): Part {
  const found = PARTS.find((one) => one === name);
  if (found) return found;
  const near = nearest(name, PARTS);
  throw wrong(
    `--only knows no ${JSON.stringify(name)}${near ? `; did you mean ${near}?` : "."} There are ${PARTS.join(", ")}.`,
  );
}

async function read(file: string): Promise<PaperResults> {
  let results: PaperResults;
  try {
    results = JSON.parse(await readFile(file, "utf8"));
  } catch (error) {
    throw wrong(`--from ${file}: ${error instanceof Error ? error.message : String(error)}`);
  }
  if (results.version !== 1) throw wrong(`--from ${file}: it is no paper.json of this version.`);
  return results;
}

const BEGIN = "<!-- begin: relizo bench paper --markdown -->";
const END = "<!-- end -->";

/** Puts the tables between the two markers of a file. */
async function between(file: string, section: Section): Promise<void> {
  const text = await readFile(file, "utf8");
  const begin = text.indexOf(BEGIN);
  const end = text.indexOf(END, begin);
  if (begin < 0 || end < 0) throw wrong(`--markdown ${file}: it needs the lines "${BEGIN}" and "${END}".`);
  await writeFile(
    file,
    `${text.slice(0, begin + BEGIN.length)}\n\n${sectionMarkdown(section)}\n${text.slice(end)}`,
  );
}
