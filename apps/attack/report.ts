/** The attack as a section of the report: a table, curves, and pictures before and after. */
import type { Cell, Chart, Picture, Pictures, Section, Table } from "../report/section.ts";
import { toPixels } from "./classifier.ts";
import { attackedPicture, type Victims } from "./objective.ts";
import { cleanPicture, dataUri, MAGNIFIED, perturbationPicture, sheet } from "./picture.ts";
import { RATES } from "./settings.ts";
import type { MethodRun, UniversalResult } from "./universal.ts";

/** Success and l2 in table 1 of the ReLIZO paper. */
const PAPER: Readonly<Record<string, string>> = {
  "zo-sgd": "77 %, 1.34",
  "zo-sign-sgd": "80 %, 1.36",
  "zo-smd": "85 %, 1.38",
  "zo-adamm": "87 %, 1.37",
  relizo: "92 %, 1.37",
};

/** Pictures shown of those attacked. */
const SHOWN = 8;

/** The run with the lowest loss on all pictures: it is the one whose pictures are shown. */
export function bestRun(runs: readonly MethodRun[]): MethodRun | undefined {
  return runs.reduce<MethodRun | undefined>(
    (best, run) => (best && !(run.loss < best.loss || Number.isNaN(best.loss)) ? best : run),
    undefined,
  );
}

/**
 * @param names  of the classes, from 0; a class without a name is shown by its number
 */
export function attackSection(result: UniversalResult, names: readonly string[] = []): Section {
  const best = bestRun(result.runs);
  return {
    id: "attack",
    order: 2,
    title: "Universal attack: one perturbation for many pictures",
    blocks: [
      { kind: "prose", text: [...prose(result), ...notes(result.runs), ...shortfalls(result)] },
      table(result),
      ...(result.runs.length > 0 ? [chart(result, "loss"), chart(result, "success")] : []),
      ...(best ? [grid(result, best, names), perturbations(result)] : []),
    ],
  };
}

function prose({ classifier, images, seen, setting, budget }: UniversalResult): readonly string[] {
  const { lambda, kappa, batch, samples, radius, seed, iterations, box } = setting;
  const clipped =
    box === "clip"
      ? "every attacked picture clipped to valid pixels"
      : "the perturbation kept where it makes no picture invalid";
  return [
    `${classifier.name} is asked for scores only. The first ${images.labels.length} pictures that it gets right (of ${seen} looked at) are all attacked by one perturbation, which minimizes ${lambda} times the mean margin (how much surer the classifier is of the true class than of any other, down to ${kappa === 0 ? 0 : -kappa}) plus the squared length of the perturbation; pixels lie in [-0.5, 0.5], ${clipped}.`,
    `Each method may ask ${budget} times, as much as ${iterations} iterations with ${samples} directions; one query is the loss of one perturbation on a minibatch of ${batch} pictures. Radius ${radius}, seed ${seed}. Success, length (l2) and loss are those of the last iterate on all pictures. The paper's figures are for another network after 20,000 iterations.`,
    ...(setting.lr === undefined ? [RATES] : []),
  ];
}

function notes(runs: readonly MethodRun[]): readonly string[] {
  return runs.flatMap(({ method, note }) => (note === undefined ? [] : [`${method}: ${note}`]));
}

/** What a table of figures does not say, a sentence each: what was ended, what failed and why, what was not run. */
export function shortfalls({ runs, failures, budget, setting }: UniversalResult): readonly string[] {
  const tried = [...runs, ...failures].map(({ method }) => method);
  const without = setting.methods.filter((method) => !tried.includes(method));
  return [
    ...runs.flatMap(({ method, outcome, queries, message }) => {
      const part = `after ${queries} of ${budget} queries`;
      if (outcome === "aborted") return [`${method} was ended from outside ${part}.`];
      return outcome === "failed" ? [`${method} failed ${part}: ${message}`] : [];
    }),
    ...failures.map(({ method, error }) => `${method} failed and has no figures: ${error.message}`),
    ...(without.length > 0 ? [`Not run: ${without.join(", ")}.`] : []),
  ];
}

function table({ runs }: UniversalResult): Table {
  const best = bestRun(runs);
  return {
    kind: "table",
    caption: "What each method reached",
    head: [
      "method",
      "success %",
      "l2",
      "loss",
      "queries",
      "seconds",
      "lr",
      "steps a minibatch",
      "paper: success, l2",
    ],
    rows: runs.map((run): readonly Cell[] => [
      run.method,
      percent(run.success),
      run.l2.toFixed(2),
      run === best ? { text: run.loss.toFixed(2), mark: "best" } : run.loss.toFixed(2),
      String(run.queries),
      run.seconds.toFixed(0),
      typeof run.options.lr === "number" ? run.options.lr.toPrecision(2) : "-",
      Number.isFinite(run.hold) ? String(run.hold) : "all",
      PAPER[run.method] ?? "-",
    ]),
  };
}

function chart({ runs, budget, setting }: UniversalResult, what: "loss" | "success"): Chart {
  const x = Array.from({ length: setting.looks + 1 }, (_, i) => Math.round((i * budget) / setting.looks));
  const factor = what === "success" ? 100 : 1;
  return {
    kind: "chart",
    caption: what === "loss" ? "Loss on all pictures" : "Pictures no longer classified right, in %",
    xLabel: "queries",
    yLabel: what === "loss" ? "loss" : "success %",
    logY: what === "loss",
    x,
    curves: runs.map(({ method, looks }) => ({
      label: method,
      mid: x.map((queries) => {
        const last = looks.findLast((look) => look.queries <= queries);
        return last ? factor * last[what] : null;
      }),
    })),
  };
}

function grid(result: UniversalResult, run: MethodRun, names: readonly string[]): Pictures {
  const { shape } = result.images;
  const name = (label: number | undefined): string =>
    label === -1 ? "no class (NaN)" : (names[label ?? -1] ?? `class ${label ?? "?"}`);
  return {
    kind: "pictures",
    caption: `The first ${SHOWN} pictures, attacked by ${run.method}`,
    head: ["clean", `perturbation x${MAGNIFIED}`, "attacked"],
    rows: pictureRows(result, run).map((pictures, i): readonly Picture[] => {
      const [before, after] = [result.images.labels[i], run.predicted[i]];
      const texts = [name(before), "gray is 0", `${name(before)} → ${name(after)}`];
      return pictures.map((picture, column) => ({
        source: dataUri(picture, shape),
        text: texts[column] ?? "",
      }));
    }),
  };
}

function perturbations({ runs, images }: UniversalResult): Pictures {
  return {
    kind: "pictures",
    caption: `The perturbation of each method, x${MAGNIFIED}`,
    head: runs.map(({ method }) => method),
    rows: [
      runs.map(({ delta, success, l2 }) => ({
        source: dataUri(perturbationPicture(delta), images.shape),
        text: `${percent(success)} %, l2 ${l2.toFixed(2)}`,
      })),
    ],
  };
}

/** The grid of pictures as one PNG file: a row a picture; clean, perturbation, attacked. */
export function attackSheet(result: UniversalResult, run: MethodRun): Uint8Array {
  return sheet(pictureRows(result, run), result.images.shape, 4);
}

/** Clean, magnified perturbation, attacked: for the first pictures. */
function pictureRows(
  { images }: UniversalResult,
  { delta }: MethodRun,
): readonly (readonly Float32Array[])[] {
  const victims: Victims = { pixels: toPixels(images.pixels), labels: images.labels };
  return images.labels
    .slice(0, SHOWN)
    .map((_, i) => [
      cleanPicture(victims, images.shape, i),
      perturbationPicture(delta),
      attackedPicture(victims, i, delta),
    ]);
}

const percent = (part: number): string => (100 * part).toFixed(0);
