/** `relizo bench paper`: the paper's tables and figures, ours beside them. */
import { writeFile } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { Command, Option } from "commander";
import {
  merged,
  PARTS,
  type PaperOptions,
  type PaperResults,
  paperMethods,
  paperSection,
  runPaper,
  studyProblems,
  tuned,
  tunedModule,
} from "../apps/paper/index.ts";
import { sectionMarkdown } from "../apps/report/markdown.ts";
import { saveSection, writePage } from "../apps/report/page.ts";
import { between } from "./between.ts";
import { ready, readyFor } from "./out-folder.ts";
import { earlier, keepAside, readResults, save } from "./paper-file.ts";
import { progressBar } from "./progress.ts";
import { sectionText } from "./section-text.ts";
import { methodNamed, names, number, oneOf } from "./settings.ts";
import { afterwards } from "./text.ts";

interface Options {
  readonly quick?: boolean;
  readonly only?: readonly string[];
  readonly methods?: readonly string[];
  readonly problems?: readonly string[];
  readonly seeds: number;
  readonly threads: number;
  readonly out: string;
  readonly resume?: boolean;
  readonly from?: string;
  readonly json?: boolean;
  readonly markdown?: string | true;
  readonly writeTuned?: string;
}

const MOST_SEEDS = 1000;
const MOST_THREADS = 256;

const HELP = [
  "A full run takes about 35 minutes of processor time, a quick one two. Finished figures are saved as it goes, in paper.json of " +
    "the --out folder: ctrl-C keeps them, --resume goes on.",
  "--json prints what paper.json holds: { version, quick, seeds, seconds, stopped?, judged: [{ cell, method, settings, origin, " +
    "tried, mean, finals, runs }], bounded: [{ asked, runs }] }; null stands for a value that is not finite.",
];

export function benchPaperCommand(): Command {
  const alone = ["quick", "only", "methods", "problems", "seeds", "threads", "resume"];
  return new Command("paper")
    .description("the paper's tables 6, 7, 8, 10, 11 and figures 1, 2: tune, run, and put ours beside them")
    .option(
      "--quick",
      "take the settings an earlier full run found; fewer seeds and N where the bound is set",
    )
    .option("--only <parts...>", `some of ${PARTS.join(", ")} (default: all)`, names("--only"))
    .option(
      "--methods <names...>",
      `methods to run (default: ${paperMethods.join(", ")})`,
      names("--methods"),
    )
    .option(
      "--problems <names...>",
      `some of ${studyProblems().join(", ")} (default: all)`,
      names("--problems"),
    )
    .option(
      "--seeds <n>",
      `seeds 0 to n - 1, at most ${MOST_SEEDS}`,
      number("--seeds", 1, true, MOST_SEEDS),
      3,
    )
    .option(
      "--threads <n>",
      `runs at once, at most ${MOST_THREADS}`,
      number("--threads", 1, true, MOST_THREADS),
      availableParallelism(),
    )
    .option("--out <folder>", "where the report goes", "report")
    .option("--resume", "keep what paper.json in that folder has, and run the rest")
    .addOption(
      new Option(
        "--from <file>",
        "show the results of an earlier run's paper.json, running nothing",
      ).conflicts(alone),
    )
    .option("--json", "print all results as JSON")
    .addOption(
      new Option(
        "--markdown [file]",
        "print the tables as Markdown, or put them between a file's markers",
      ).conflicts("json"),
    )
    .option("--write-tuned <file>", "write the settings found as a TypeScript module")
    .addHelpText("after", HELP.map(afterwards).join("\n"))
    .action(benchPaper);
}

async function benchPaper(options: Options): Promise<void> {
  const { out, from, markdown, writeTuned } = options;
  const asked = choices(options);
  await ready("--out", out);
  if (writeTuned !== undefined) await readyFor("--write-tuned", writeTuned);
  const into = typeof markdown === "string" ? await between(markdown) : undefined;
  const results = from === undefined ? await measured(asked, options) : await readResults("--from", from);
  if (results.judged.length + results.bounded.length === 0) {
    console.error("Stopped before a figure was finished; nothing was written.");
    return;
  }
  if (results.stopped && !from)
    console.error("Stopped. The same command with --resume keeps what is finished and runs the rest.");
  const section = paperSection(results);
  save(out, results);
  await saveSection(out, section);
  if (into) await writeFile(into.file, into.filled(sectionMarkdown(section)));
  if (writeTuned !== undefined) await writeFile(writeTuned, tunedModule(merged(tuned, results)));
  console.error(`The report is ${await writePage(out)}`);
  if (options.json) console.log(JSON.stringify(results));
  else console.log(markdown === true ? sectionMarkdown(section) : sectionText(section));
}

/** What to run; names that nothing has are refused. */
function choices({ only, methods, problems, seeds, quick = false, threads }: Options): PaperOptions {
  const known = studyProblems();
  return {
    ...(only && { parts: only.map((name) => oneOf("--only", name, PARTS)) }),
    ...(methods && { methods: methods.map(methodNamed) }),
    ...(problems && { problems: problems.map((name) => oneOf("--problems", name.toUpperCase(), known)) }),
    seeds: Array.from({ length: seeds }, (_, seed) => seed),
    quick,
    threads,
  };
}

/** Runs it; what is finished is saved at once, and is what ctrl-C leaves. */
async function measured(asked: PaperOptions, { out, resume }: Options): Promise<PaperResults> {
  const known = resume ? await earlier(out) : undefined;
  if (!resume) await keepAside(out);
  const stop = new AbortController();
  const onSignal = (): void => stop.abort();
  const bar = progressBar("bench paper", 1000);
  process.once("SIGINT", onSignal);
  try {
    return await runPaper({
      ...asked,
      ...(known && { known }),
      signal: stop.signal,
      onProgress: (done, note) => bar.update(Math.floor(1000 * done), note),
      onResult: (results) => save(out, results),
    });
  } finally {
    bar.stop();
    process.removeListener("SIGINT", onSignal);
    if (stop.signal.aborted) process.exitCode = 130;
  }
}
