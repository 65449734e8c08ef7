/** Low-rank adapters beside the linear maps of a graph: y = x W + (alpha / rank) x A^T B^T, with A and B as inputs. */
import { custom, flag, positive, type Rules, readOptions, whole } from "../option.ts";
import { Parameters } from "../parameters/parameters.ts";
import { isPattern, type Pattern } from "../parameters/select.ts";
import { seedRule, uniforms } from "../sample/stream.ts";
import { addNote, type Cut, type CutNote } from "./cut.ts";
import { type Linear, linears } from "./linear.ts";
import { Adapters, type LoraSite, nameA, nameB, shapesOf, whyNotStacked } from "./lora-graph.ts";
import { chosenTargets } from "./lora-targets.ts";
import { copyModel, type OnnxModel } from "./model.ts";

export interface LoraOptions {
  /**
   * Modules that get an adapter: paths as patterns ("layers.*.q_proj"), or the end of a path alone ("q_proj"), as in
   * PEFT's target_modules; or a regular expression, or a list of them. "**" is every linear map.
   */
  readonly targets: Pattern;
  /** Rows of A, columns of B. Default 8. */
  readonly rank: number;
  /** The adapter counts alpha / rank times. Default 16. */
  readonly alpha: number;
  /** Of A's random numbers. Default 0. */
  readonly seed: number;
  /** Whether the inputs take several candidates at once. Default false. */
  readonly stacked: boolean;
}

const loraRules: Rules<LoraOptions> = {
  targets: custom<Pattern>([], "a text, a RegExp or a list of them", isPattern),
  rank: whole(8, 1, 2 ** 16),
  alpha: positive(16),
  seed: seedRule,
  stacked: flag(false),
};

export interface LoraNote extends CutNote {
  readonly cut: "lora";
  readonly rank: number;
  readonly alpha: number;
  readonly stacked: boolean;
  /** By the modules' paths. */
  readonly modules: Readonly<Record<string, readonly LoraSite[]>>;
  /** First outputs of all nodes that were added but for the sums, and the constants that they take. */
  readonly added: readonly string[];
  readonly constants: readonly string[];
}

/**
 * Adds low-rank adapters. B is zero and A uniform in +-1 / sqrt(inputs), as PEFT begins, so that outputs stay what they were.
 * Inputs are called and shaped as in PEFT: `<module>.lora_A.weight` [rank, inputs] and `<module>.lora_B.weight` [outputs, rank]; of
 * a convolution [rank, inputs, ...kernel] and [outputs, rank, 1, ...]. A module that is used several times has one adapter.
 * Weights of any type may lie below, quantized ones as well; adapters are computed in float32.
 *
 * With `stacked` the inputs have one more axis in front, open, for K candidates; the batch's rows are K groups, one for each, in
 * order. `parameters` are then those of one candidate.
 *
 * @throws RelizoError OPTION for targets that match none (with near names), and for those that no adapter fits, with the reason
 * @cost  in every run 2 rank (inputs + outputs) multiplications a row, beside inputs times outputs of the product itself
 * @source Hu et al., LoRA, ICLR 2022, section 4.1; names, shapes and start as in PEFT's LoraLayer
 */
export async function addLora(
  model: OnnxModel,
  options: Partial<LoraOptions> & Pick<LoraOptions, "targets">,
): Promise<Cut> {
  const read = readOptions("addLora", options, loraRules);
  const copy = copyModel(model);
  const why = read.stacked ? whyNotStacked : undefined;
  const modules = grouped(chosenTargets(linears(copy), read.targets, why));
  const adapters = new Adapters(copy, read);
  const sites = [...modules].map(([module, found]) => [module, adapters.add(module, found)] as const);
  adapters.close();
  const values = start(modules, read);
  addNote<LoraNote>(copy, {
    cut: "lora",
    parameters: Object.fromEntries([...values].map(({ name, shape }) => [name, shape])),
    rank: read.rank,
    alpha: read.alpha,
    stacked: read.stacked,
    modules: Object.fromEntries(sites),
    added: adapters.added,
    constants: adapters.constants,
  });
  return { model: copy, parameters: values };
}

function grouped(found: readonly Linear[]): ReadonlyMap<string, readonly Linear[]> {
  const modules = new Map<string, Linear[]>();
  for (const one of found) modules.set(one.module, [...(modules.get(one.module) ?? []), one]);
  return modules;
}

/** torch's kaiming_uniform_ with a = sqrt(5) has the bound sqrt(6 / ((1 + a^2) fan_in)) = 1 / sqrt(fan_in). */
function start(modules: ReadonlyMap<string, readonly Linear[]>, { rank, seed }: LoraOptions): Parameters {
  const entries = [...modules].flatMap(([module, [first]]): [string, number[]][] => {
    if (!first) return [];
    const [a, b] = shapesOf(first, rank);
    return [
      [nameA(module), a],
      [nameB(module), b],
    ];
  });
  const values = Parameters.zeros(new Map(entries));
  [...modules.keys()].forEach((module, row) => {
    const { data } = values.get(nameA(module));
    const bound = Math.sqrt(rank / data.length); // data.length / rank is fan_in
    const draws = uniforms({ seed, step: 0 }, row, data.length);
    for (const [i, u] of draws.entries()) data[i] = (2 * u - 1) * bound;
  });
  return values;
}
