/** `relizo finetune`: an ONNX model adapted by forward passes alone. */
import { join } from "node:path";
import { Command } from "commander";
import {
  type FinetuneOptions,
  finetune,
  type Labelled,
  refuseEmptyClass,
  TUNINGS,
} from "../apps/finetune/index.ts";
import { fileCheckpoint, loadTokenizer, openNodeSessions } from "../apps/finetune/node.ts";
import type { OnnxModel, Session } from "../src/onnx/index.ts";
import { openNodeSession } from "../src/onnx/session/node.ts";
import { type Examples, examplesOf, readTexts } from "./finetune/data.ts";
import { curveOf, tested } from "./finetune/figures.ts";
import type { Flags } from "./finetune/flags.ts";
import { imageWork } from "./finetune/images.ts";
import { type LoadedModel, lengthOf, modelOf } from "./finetune/model.ts";
import { leave } from "./finetune/results.ts";
import { taskKind, textTask } from "./finetune/task.ts";
import { tuning } from "./finetune/tuning.ts";
import { watching } from "./finetune/watch.ts";
import { openRun } from "./open-run.ts";
import { ready } from "./out-folder.ts";
import { methodNamed, names, number, numbers, oneOf, parseSettings, wrong } from "./settings.ts";
import { afterwards, say } from "./text.ts";

const HELP = [
  "The model is an .onnx file as exporters write it, or a Hugging Face folder with config.json and safetensors. Nothing is back-propagated: " +
    "the runtime only runs it. Tokenizer and configuration are looked for beside the model.",
  "Data are tables: .tsv or .csv with a header line, or .jsonl. With --words a prompt asks for a class by its label word: " +
    "--template '{sentence} It was' --words terrible,great; in a template {mask} is where a masked model fills in the word. Without, a head is trained on " +
    "hidden states. --task lm teaches the texts themselves.",
  "--method says what trains: full (all weights, or those of --weights), lora (low-rank adapters beside --targets), prefix (learned keys and " +
    "values) or prompt (learned tokens). The rest of the model stays as it is.",
  "Every loss is in the journal before it counts: whatever ends the run, the same call with --resume goes on, asks nothing again and ends in " +
    "the same bits. Of the evaluations the best is kept in OUT/best.safetensors while the run goes on.",
  "Example: relizo finetune --model imdb-lm/model.onnx --data sst2/train.tsv --test sst2/dev.tsv --train-size 1000 --template '{sentence} . it was' --words terrible,great --method lora --steps 500",
];

const whole = (flag: string, low = 1) => number(flag, low);

export function finetuneCommand(): Command {
  return new Command("finetune")
    .description("adapt an ONNX model by forward passes alone, and take the weights home")
    .requiredOption("--model <path>", "an .onnx file, or a Hugging Face folder")
    .option("--tokenizer <path>", "tokenizer.json, vocab.txt or tokenizer.bin (default: beside the model)")
    .requiredOption(
      "--data <path>",
      "examples to train on: .tsv, .csv or .jsonl; of image a folder of PNG files, or CIFAR-10 records",
    )
    .option(
      "--validation <file>",
      "held-out examples to choose the best by (default: a fifth of the data, at most 500)",
    )
    .option("--test <file>", "examples that are measured before and after, and have no part in anything")
    .option(
      "--train-size <n>",
      "train on so many examples (default: all that are not held out)",
      whole("--train-size"),
    )
    .option("--validation-size <n>", "hold out so many; 0 for none", whole("--validation-size", 0))
    .option("--label <column>", "the column that names the class", "label")
    .option(
      "--task <kind>",
      "prompt, head, lm or image (default: prompt with --words, else head)",
      (word: string) => oneOf("--task", word, ["prompt", "head", "lm", "image"]),
    )
    .option(
      "--template <text>",
      "how an example reads: '{sentence} It was' (default: the first column, and for a prompt ` It was`)",
    )
    .option("--words <list>", "the label word of each class, in the order of classes", names("--words"))
    .option(
      "--pool <state>",
      "which hidden state a head reads: cls, last or mean (default: cls of BERTs, else last)",
      (word: string) => oneOf("--pool", word, ["cls", "last", "mean"]),
    )
    .option(
      "--loss <name>",
      "cross-entropy, margin, accuracy, f1, binary-f1; of lm also bleu, edit-distance (default: cross-entropy)",
    )
    .option(
      "--labels <file>",
      "of a folder of pictures: one class number a line in the order of names, or one `name number` a line",
    )
    .option(
      "--mean <list>",
      "of image: mean of each channel, pixels in [0, 1] (default: ImageNet's; 0.5 for gray)",
      numbers("--mean"),
    )
    .option(
      "--std <list>",
      "of image: deviation of each channel (default: ImageNet's; 1 for gray)",
      numbers("--std"),
    )
    .option(
      "-m, --method <name>",
      `what trains: ${TUNINGS.join(", ")}`,
      (word: string) => oneOf("--method", word, TUNINGS),
      "lora",
    )
    .option("--weights <list>", "of full: names or patterns of weights (default: all)", names("--weights"))
    .option(
      "--targets <list>",
      "of lora: names or patterns of modules (default: those of queries and values)",
      names("--targets"),
    )
    .option("--rank <r>", "of lora (default: 8)", whole("--rank"))
    .option(
      "--alpha <a>",
      "of lora (default: 16)",
      number("--alpha", Number.MIN_VALUE, false, Number.MAX_VALUE),
    )
    .option(
      "--tokens <n>",
      "learned tokens: of prompt (default: 10), of prefix (default: 5)",
      whole("--tokens"),
    )
    .option("--init-text <text>", "prompt and prefix start as these words (default: words drawn by the seed)")
    .option("--heads <n>", "attention heads, of prefix where the graph does not tell", whole("--heads"))
    .option("--optimizer <name>", "the optimizer", "relizo")
    .option("--set <key=value...>", "options of the optimizer")
    .option("--batch-size <n>", "examples in a minibatch", whole("--batch-size"), 16)
    .option("--steps <n>", "most steps (default: 500 where no other budget is given)", whole("--steps"))
    .option("--queries <n>", "most forward passes over minibatches", whole("--queries"))
    .option("--seconds <t>", "most seconds of this sitting", number("--seconds", 0, false))
    .option(
      "--evaluate-every <n>",
      "steps between two looks at the held-out examples (default: a tenth of --steps, or 100)",
      whole("--evaluate-every"),
    )
    .option(
      "--patience <n>",
      "evaluations in a row without a better one that end the run",
      whole("--patience"),
    )
    .option(
      "--max-length <n>",
      "most tokens of a text (default: the model's positions, at most 512)",
      whole("--max-length"),
    )
    .option("--seed <n>", "names the random streams", number("--seed", 0, true, Number.MAX_SAFE_INTEGER), 0)
    .option(
      "--threads <n>",
      "threads of a forward pass; 0 for as many as there are cores",
      whole("--threads", 0),
      0,
    )
    .option(
      "--sessions <n>",
      "spread a round's passes over so many sessions of one thread each: the same losses",
      whole("--sessions"),
      1,
    )
    .option(
      "--stack <k>",
      "of lora and prompt: most candidates in one forward pass, or auto (default: 1)",
      (word: string) => (word === "auto" ? word : whole("--stack")(word)),
    )
    .option("--low-memory", "keep no copy of what trains: slower steps, memory of inference")
    .option("--resume", "go on with the run in --out")
    .option(
      "--take-over",
      "take a journal whose writer is gone for certain, though it left its lock on another machine",
    )
    .option("--merge", "also write the plain model with what was trained merged in: OUT/model.onnx")
    .option("--json", "print one line of JSON at the end")
    .option("--out <folder>", "where weights, journal and report go", "finetuned")
    .addHelpText("after", HELP.map(afterwards).join("\n"))
    .action(finetuneAction);
}

const DEFAULT_STEPS = 500;

async function finetuneAction(given: Flags): Promise<void> {
  const open = given.steps === undefined && given.queries === undefined && given.seconds === undefined;
  const flags: Flags = open ? { ...given, steps: DEFAULT_STEPS } : given;
  const kind = taskKind(flags);
  common(flags); // a wrong name is refused before anything is read
  await ready("--out", flags.out);
  const loaded = await modelOf(flags.model);
  if (kind === "image") {
    const { read, task, output } = imageWork(flags, loaded.model);
    const tuned = tuning(flags, undefined);
    const { train, validation, test } = examplesOf(flags, read);
    refuseEmptyClass(train);
    const own = { ...tuned, targets: flags.targets ?? "**", output, task, ...common(flags) };
    return run(flags, loaded, { train, validation, test }, own, "accuracy", "pictures");
  }
  const { maxLength, why } = lengthOf(loaded, flags.maxLength);
  const tokenizer = loadTokenizer(flags.tokenizer ?? loaded.folder);
  const examples = examplesOf(flags, readTexts(flags, kind !== "lm"));
  const own = {
    ...tuning(flags, tokenizer),
    ...(kind === "head" && {
      classes: examples.train.classes.length,
      ...(flags.pool && { pool: flags.pool }),
    }),
    task: textTask(flags, kind, tokenizer, examples.train),
    maxLength,
    ...common(flags),
  };
  await run(
    flags,
    loaded,
    examples,
    own,
    kind === "lm" ? "loss" : "accuracy",
    `texts of at most ${maxLength} tokens (${why})`,
  );
}

function opening({ sessions, threads }: Flags): (model: OnnxModel) => Promise<Session> {
  if (sessions === 1) return (model) => openNodeSession(model, { threads });
  if (threads > 1) throw wrong("--threads is for one session; each of several has one thread.");
  return (model) => openNodeSessions(model, { sessions });
}

/** What does not depend on the kind of examples. */
function common(flags: Flags): Omit<FinetuneOptions<never>, "task" | "tune"> {
  const optimizer = methodNamed(flags.optimizer);
  return {
    open: opening(flags),
    noticed: say,
    ...(flags.stack !== undefined && { stack: flags.stack }),
    optimizer,
    settings: parseSettings(optimizer, flags.set ?? []),
    batchSize: flags.batchSize,
    seed: flags.seed,
    directions: { copy: !flags.lowMemory },
    ...(flags.steps !== undefined && { maxSteps: flags.steps }),
    ...(flags.queries !== undefined && { maxQueries: flags.queries }),
    ...(flags.seconds !== undefined && { seconds: flags.seconds }),
    ...(flags.evaluateEvery !== undefined && { evaluateEvery: flags.evaluateEvery }),
    ...(flags.patience !== undefined && { patience: flags.patience }),
  };
}

async function run<E extends Labelled>(
  flags: Flags,
  loaded: LoadedModel,
  { train, validation, test }: Examples<E>,
  own: FinetuneOptions<E>,
  metric: string,
  what: string,
): Promise<void> {
  const journal = await openRun(join(flags.out, "run.journal"), flags, "another --out");
  try {
    const title = `${flags.method} by ${flags.optimizer}`;
    say(`${title}: ${train.examples.length} examples, ${validation.examples.length} held out, ${what}`);
    const before = test && (await tested(loaded.model, own, test.examples));
    const watch = watching(title, flags, metric);
    const result = await finetune(
      loaded.model,
      { train: train.examples, validation: validation.examples },
      { ...own, ...watch.own, journal, checkpoint: fileCheckpoint(join(flags.out, "best.safetensors")) },
    ).finally(watch.end);
    const after = test && (await tested(loaded.model, own, test.examples, result.parameters));
    await leave(
      result,
      {
        title: `Fine-tune: ${title}`,
        metric,
        settings: Object.entries(flags).map(([name, value]) => [name, String(value)]),
        test: before && after && { before, after },
        curve: await curveOf(journal),
        journal: journal.name,
        config: loaded.config,
        base: flags.model,
      },
      flags,
    );
  } finally {
    await journal.close();
  }
}
