/** The tensors of a checkpoint, taken one by one as the graph is built: by name, with the shape that the configuration asks for. */
import { RelizoError } from "../../error.ts";
import { type FloatType, isHalf } from "../../parameters/half.ts";
import { nearest } from "../../parameters/select.ts";
import type { StoredTensor } from "./stored.ts";

/** What checkpoints hold and a graph has no use for: tables that are computed, and heads of other tasks. */
const IDLE =
  /(?:^|\.)(?:position_ids|inv_freq|attn\.bias|attn\.masked_bias|embed_positions\.weights)$|^(?:lm_head|cls|classifier|score|qa_outputs)\.|(?:^|\.)pooler\./;

export class Weights {
  readonly #tensors: ReadonlyMap<string, StoredTensor>;
  readonly #taken = new Map<string, StoredTensor<FloatType>>();
  readonly #base: string;

  /** @param base  the part of the names that checkpoints of the bare model leave out: "bert", "transformer" */
  constructor(tensors: readonly StoredTensor[], base: string) {
    this.#tensors = new Map(tensors.map((tensor) => [tensor.name, tensor]));
    const twice = tensors.find((tensor) => this.#tensors.get(tensor.name) !== tensor);
    if (twice) throw bad(`${JSON.stringify(twice.name)} is in two files, ${twice.location} among them`);
    this.#base = `${base}.`;
  }

  /** Rows of a matrix, where it is there. */
  rows(name: string): number | undefined {
    return this.#find(name)?.shape[0];
  }

  /** @throws RelizoError DATA when it is missing, is of another shape, or of a type that is not a float's */
  take(name: string, shape: readonly number[]): StoredTensor<FloatType> {
    const found = this.#find(name);
    if (found === undefined) {
      const near = nearest([...this.#tensors.keys()], name).map((one) => JSON.stringify(one));
      const there = near.length === 0 ? "they are empty" : `near it are ${near.join(", ")}`;
      throw bad(
        `the weights lack ${JSON.stringify(name)} [${shape.join(", ")}], which config.json asks for; ${there}`,
      );
    }
    if (found.shape.join() !== shape.join())
      throw bad(
        `${JSON.stringify(found.name)} has the shape [${found.shape.join(", ")}], but config.json makes it [${shape.join(", ")}]: weights and configuration are not of one model`,
      );
    if (!isFloats(found))
      throw bad(
        `${JSON.stringify(found.name)} is of type ${found.type}; F32, F16 or BF16 is needed: quantized weights cannot be perturbed, others can be converted`,
      );
    this.#taken.set(found.name, found);
    return found;
  }

  /** What was taken, in the order of the files. */
  taken(): StoredTensor<FloatType>[] {
    return [...this.#tensors.keys()].flatMap((name) => this.#taken.get(name) ?? []);
  }

  /** @throws RelizoError DATA when tensors are left that the graph should have taken: the model is not what its configuration says */
  needAllTaken(what: string): void {
    const left = [...this.#tensors.keys()].filter((name) => !this.#taken.has(name) && !IDLE.test(name));
    if (left.length === 0) return;
    const names = left.slice(0, 3).map((one) => JSON.stringify(one));
    throw bad(
      `${what} as config.json has it takes no ${names.join(", ")}${left.length > 3 ? ` and ${left.length - 3} more` : ""}: weights and configuration are not of one model, or it is a variant that is not known here`,
    );
  }

  /** With and without the base's name; old checkpoints say gamma and beta. */
  #find(name: string): StoredTensor | undefined {
    const short = name.startsWith(this.#base) ? name.slice(this.#base.length) : name;
    for (const one of [name, short]) {
      const old = one.replace(/(LayerNorm)\.weight$/, "$1.gamma").replace(/(LayerNorm)\.bias$/, "$1.beta");
      const found = this.#tensors.get(one) ?? this.#tensors.get(old);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}

function isFloats(tensor: StoredTensor): tensor is StoredTensor<FloatType> {
  return tensor.type === "F32" || isHalf(tensor.type);
}

function bad(what: string): RelizoError {
  return new RelizoError("DATA", `fromHuggingFace: ${what}.`);
}
