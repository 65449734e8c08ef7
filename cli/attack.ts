/** `relizo attack universal`: one perturbation that fools a classifier on many pictures. */
import { Command, InvalidArgumentError } from "commander";
import { universalAttack } from "../apps/attack/index.ts";
import { type MethodName, methodNames } from "../src/index.ts";
import { attackInput, type InputFlags } from "./attack-input.ts";
import { attackBars, reportAttack } from "./attack-report.ts";
import { ready } from "./out-folder.ts";
import { methodNamed, names, number, numbers } from "./settings.ts";

interface Flags extends InputFlags {
  readonly methods?: readonly MethodName[];
  readonly count: number;
  readonly iterations?: number;
  readonly batch: number;
  readonly lambda: number;
  readonly kappa: number;
  readonly radius: number;
  readonly samples: number;
  readonly seed: number;
  readonly lr?: number;
  readonly hold?: number;
  readonly box: "clip" | "intersection";
  readonly quick?: boolean;
  readonly json?: boolean;
  readonly out: string;
}

/** What `--quick` runs: enough to see the classifier fooled within two minutes. */
const QUICK = { methods: ["relizo", "zo-sgd", "zo-adamm"], iterations: 200, looks: 10 } as const;

export function attackCommand(): Command {
  return new Command("attack")
    .description("attack image classifiers by their answers alone")
    .addCommand(universalCommand());
}

function universalCommand(): Command {
  const whole = (name: string) => number(name, 1);
  const positive = (name: string) => number(name, Number.MIN_VALUE, false, Number.MAX_VALUE);
  return new Command("universal")
    .description("one perturbation for many pictures, against an ONNX classifier")
    .option("--model <file>", "ONNX classifier (default: ResNet-20 for CIFAR-10, of the data folder)")
    .option(
      "--images <path>",
      "CIFAR-10 binary records, or a folder of PNG files (default: CIFAR-10, of the data folder)",
    )
    .option(
      "--labels <file>",
      "labels of a folder: one number a line in the order of names, or one `name number` a line",
    )
    .option("--names <file>", "names of the classes, one a line")
    .option(
      "--mean <list>",
      "mean of each channel, pixels in [0, 1] (default: ImageNet's; 0.5 for gray)",
      numbers("--mean"),
    )
    .option("--std <list>", "deviation of each channel (default: ImageNet's; 1 for gray)", numbers("--std"))
    .option(
      "--outputs <kind>",
      "what the model puts out: logits or probabilities (default: seen by its answer)",
    )
    .option("--size <CxHxW>", "size of the pictures, for a model that leaves it open")
    .option("--data <folder>", "the data folder (default: RELIZO_DATA, ./data or ../shared/data)")
    .option(
      "--threads <number>",
      "threads of ONNX Runtime, 0 for all cores",
      number("--threads", 0, true, 1024),
      0,
    )
    .option("--methods <list>", "methods, separated by commas, or `all` (default: all)", methodList)
    .option("--count <number>", "pictures attacked together", whole("--count"), 100)
    .option(
      "--iterations <number>",
      "budget: each method may ask iterations * (samples + 1) times (default: 2000)",
      whole("--iterations"),
    )
    .option("--batch <number>", "pictures in a minibatch", whole("--batch"), 10)
    .option("--lambda <number>", "weight of the margins", positive("--lambda"), 10)
    .option(
      "--kappa <number>",
      "how sure of a wrong class, in log-probability",
      number("--kappa", 0, false, Number.MAX_VALUE),
      0,
    )
    .option(
      "--radius <number>",
      "smoothing radius, root mean square of a pixel's change",
      positive("--radius"),
      0.005,
    )
    .option("--samples <number>", "directions behind one estimate", whole("--samples"), 10)
    .option("--seed <number>", "names all random numbers", number("--seed", 0), 0)
    .option("--lr <number>", "learning rate, in place of each method's own", positive("--lr"))
    .option(
      "--hold <steps>",
      "keep a minibatch for so many steps, or `all` (default: each method's own)",
      holdSteps,
    )
    .option("--box <kind>", "clip each picture, or stay in the intersection of their boxes", boxKind, "clip")
    .option("--quick", `a short run: ${QUICK.methods.join(", ")}, ${QUICK.iterations} iterations`)
    .option("--json", "print the figures as JSON")
    .option("--out <folder>", "where the report goes", "report")
    .action(runUniversal);
}

async function runUniversal(flags: Flags): Promise<void> {
  const input = await attackInput(flags);
  await ready("--out", flags.out);
  const say = flags.json ? console.error : console.log;
  const { classifier, images } = input;
  const { shape, classes } = classifier;
  say(
    `${classifier.name}: ${classes} classes, pictures of ${shape.channels} x ${shape.height} x ${shape.width}; ${images.labels.length} labelled pictures.`,
  );
  const stopped = new AbortController();
  const onInterrupt = (): void => stopped.abort();
  process.once("SIGINT", onInterrupt); // what was found until then is still shown
  const bars = attackBars();
  try {
    const result = await universalAttack({
      ...settingOf(flags),
      classifier,
      images,
      signal: stopped.signal,
      onProgress: bars.show,
    });
    bars.stop();
    await reportAttack(result, input.names, flags);
    const { runs, failures } = result;
    if (failures.length > 0 || runs.some(({ outcome }) => outcome === "failed")) process.exitCode = 1;
  } finally {
    bars.stop();
    process.off("SIGINT", onInterrupt);
  }
  if (stopped.signal.aborted) process.exitCode = 130;
}

function settingOf(flags: Flags) {
  const { count, batch, lambda, kappa, radius, samples, seed, lr, hold, box, quick } = flags;
  const methods = flags.methods ?? (quick ? QUICK.methods : undefined);
  const iterations = flags.iterations ?? (quick ? QUICK.iterations : undefined);
  return {
    ...{ count, batch, lambda, kappa, radius, samples, seed, box },
    ...(methods && { methods }),
    ...(iterations !== undefined && { iterations }),
    ...(lr !== undefined && { lr }),
    ...(hold !== undefined && { hold }),
    ...(quick && { looks: QUICK.looks }),
  };
}

function methodList(text: string): readonly MethodName[] {
  const given = names("--methods")(text);
  return given.includes("all") ? methodNames : given.map(methodNamed);
}

function holdSteps(text: string): number {
  return text === "all" ? Number.POSITIVE_INFINITY : number("--hold", 1)(text);
}

function boxKind(text: string): "clip" | "intersection" {
  if (text === "clip" || text === "intersection") return text;
  throw new InvalidArgumentError("It must be clip or intersection.");
}
