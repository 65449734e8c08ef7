/**
 * Candidates of a fine-tune's round: one a pass, several a pass, and spread over sessions in threads. Least of the repeats, taken in turn;
 * time of all cores beside the clock's, since on a machine with other work that alone says what a pass took.
 */
import { loadavg } from "node:os";
import { join } from "node:path";
import {
  type Example,
  type FinetuneOptions,
  type Forward,
  finetune,
  forward,
  inputsOf,
  prepare,
  promptTask,
  readExamples,
  stacked,
  subset,
  type Tuning,
} from "../apps/finetune/index.ts";
import { loadTable, loadTokenizer, openNodeSessions } from "../apps/finetune/node.ts";
import { Stack } from "../apps/finetune/train/stack.ts";
import { readModel } from "../src/onnx/file/index.ts";
import type { OnnxModel, Session } from "../src/onnx/index.ts";
import { openNodeSession } from "../src/onnx/session/node.ts";
import { dataFolder } from "../test/data-folder.ts";

const data = dataFolder();
if (data === undefined) throw new Error("bench: there is no folder of data; RELIZO_DATA names it.");
const folder = join(data, "imdb-lm");
const tokenizer = loadTokenizer(folder);
const REPEATS = Number(process.argv[2] ?? 12);
const STEPS = Number(process.argv[3] ?? 12);
const PARTS = process.argv[4] ?? "passes,steps";
const STACKS = [1, 2, 4, 8];
const { examples } = subset(readExamples(loadTable(join(data, "sst2", "train.tsv")), { label: "label" }), 64);

interface Time {
  readonly wall: number;
  readonly cpu: number;
}

const now = (): Time => {
  const { user, system } = process.cpuUsage();
  return { wall: performance.now(), cpu: (user + system) / 1000 };
};
const least = (times: readonly Time[]): Time => ({
  wall: Math.min(...times.map(({ wall }) => wall)),
  cpu: Math.min(...times.map(({ cpu }) => cpu)),
});
const since = (begin: Time, end = now()): Time => ({
  wall: end.wall - begin.wall,
  cpu: end.cpu - begin.cpu,
});
const shown = ({ wall, cpu }: Time, over = 1): string =>
  `${(wall / over).toFixed(1).padStart(7)} ms, ${(cpu / over).toFixed(1).padStart(7)} ms of cores`;

const one = (model: OnnxModel): Promise<Session> => openNodeSession(model, { threads: 1 });
const taskFor = (inputs: Parameters<FinetuneOptions<Example>["task"]>[0]) =>
  promptTask(tokenizer, inputs, {
    template: "{sentence} It was",
    classes: ["0", "1"],
    words: ["terrible", "great"],
  });

async function passes(tune: Tuning, size: number): Promise<void> {
  const model = await readModel(join(folder, "model.onnx"));
  const runs: { readonly name: string; readonly candidates: number; readonly run: () => Promise<unknown> }[] =
    [];
  const sessions: Session[] = [];
  for (const stack of [0, ...STACKS]) {
    const prepared = await prepare(model, one, { tune, stackable: stack > 0 });
    const batch = taskFor(inputsOf(prepared)).encode(examples.slice(0, size));
    const session = await one(prepared.model);
    sessions.push(session);
    let run: Forward;
    if (prepared.form) {
      const room = new Stack(session, prepared.parameters, prepared.form, stack);
      for (let place = 0; place < stack; place++) room.put(place);
      room.bind(stack);
    } else session.bind(prepared.parameters);
    run = forward(session, prepared.forward);
    const several = stack > 1 ? { ...batch, ...stacked(batch, stack) } : batch;
    const name = stack === 0 ? "plain graph" : `stack ${stack}`;
    runs.push({ name, candidates: Math.max(1, stack), run: () => run(several) });
  }
  const times = runs.map((): Time[] => []);
  for (let i = -1; i < REPEATS; i++)
    for (const [at, { run }] of runs.entries()) {
      const begin = now();
      await run();
      if (i >= 0) times[at]!.push(since(begin));
    }
  console.log(`\n${tune}, ${size} texts a batch: a candidate's share of a pass`);
  for (const [at, { name, candidates }] of runs.entries())
    console.log(`  ${name.padEnd(12)}${shown(least(times[at]!), candidates)}`);
  for (const session of sessions) await session.close();
}

async function steps(tune: Tuning, cases: readonly (readonly [string, Partial<FinetuneOptions<Example>>])[]) {
  const model = await readModel(join(folder, "model.onnx"));
  console.log(`\n${tune}: a step of zo-sgd with 8 candidates and a look at none, 16 texts a batch`);
  for (const [name, own] of cases) {
    const times: Time[] = [];
    let last: Time | undefined;
    const { queries } = await finetune(
      model,
      { train: examples },
      {
        ...{ tune, open: one, task: taskFor, optimizer: "zo-sgd", settings: { samples: 8, lr: 1e-4 } },
        ...{ maxSteps: STEPS, seed: 1, ...own },
        onStep() {
          const here = now();
          if (last) times.push(since(last, here));
          last = here;
        },
      },
    );
    console.log(`  ${name.padEnd(24)}${shown(least(times))}, ${queries / STEPS} queries`);
  }
}

console.log(
  `load ${loadavg()
    .map((n) => n.toFixed(1))
    .join(" ")}`,
);
if (PARTS.includes("passes"))
  for (const tune of ["lora", "prompt"] as const) for (const size of [1, 4, 16]) await passes(tune, size);
const threads = (count: number) => (model: OnnxModel) => openNodeSession(model, { threads: count });
const pool = (sessions: number) => (model: OnnxModel) => openNodeSessions(model, { sessions });
const spread = [
  ["one session, 1 thread", {}],
  ["one session, 2 threads", { open: threads(2) }],
  ["1 session in a thread", { open: pool(1) }],
  ["2 sessions in threads", { open: pool(2) }],
] as const;
const stacks = STACKS.slice(1).map((stack) => [`stack ${stack}, 1 thread`, { stack }] as const);
if (PARTS.includes("steps")) {
  for (const tune of ["lora", "prompt"] as const) await steps(tune, [...spread, ...stacks]);
  await steps("full", spread);
}
console.log(
  `load ${loadavg()
    .map((n) => n.toFixed(1))
    .join(" ")}`,
);
