/** Several candidates in one forward pass: their parameters side by side, as inputs that a stacked graph takes. */
import type { Session } from "../../../src/onnx/index.ts";
import { Parameters } from "../../../src/parameters/index.ts";
import { need, needWhole } from "../check.ts";

/** How a graph takes several candidates: along an axis of their own in front of each tensor, as LoRA does, or as more rows of it, as a prompt. */
export type StackForm = "axis" | "rows";

/**
 * The parameters of up to `size` candidates. The sequences of a batch then come in as many groups, see `stacked`.
 *
 * @cost 4 size d bytes; nothing for one candidate, where the session reads the parameters themselves
 */
export class Stack {
  readonly size: number;
  readonly #session: Pick<Session, "bind">;
  readonly #parameters: Parameters;
  readonly #form: StackForm | undefined;
  readonly #room: Parameters;
  /** What is bound for each number of candidates; 0 stands for the parameters as they stand. */
  readonly #views = new Map<number, Parameters>();
  #bound = -1;

  /** @param form  left out for a graph that takes one candidate */
  constructor(session: Pick<Session, "bind">, parameters: Parameters, form?: StackForm, size = 1) {
    needWhole("finetune: stack", size, 1);
    need(form !== undefined || size === 1, "OPTION", "finetune: the graph takes one candidate; stack", size);
    this.size = size;
    this.#session = session;
    this.#parameters = parameters;
    this.#form = form;
    const tensors = size > 1 ? [...parameters] : [];
    this.#room = Parameters.zeros(new Map(tensors.map(({ name, shape }) => [name, [size, ...shape]])));
  }

  /** Keeps the parameters as they stand as those of a candidate. */
  put(place: number): void {
    for (const { name, data } of this.#room) {
      const own = this.#parameters.get(name).data;
      data.set(own, place * own.length);
    }
  }

  /** Has the session compute with the first candidates, or with the parameters as they stand. */
  bind(candidates?: number): void {
    const count = this.size === 1 ? 0 : (candidates ?? 0);
    if (count === this.#bound) return;
    this.#session.bind(this.#view(count));
    this.#bound = count;
  }

  #view(count: number): Parameters {
    const known = this.#views.get(count);
    if (known) return known;
    if (this.#form === undefined) return this.#parameters;
    const times = Math.max(1, count);
    const tensors = [...this.#parameters].map(({ name, shape, data }) => {
      const whole = count === 0 ? data : this.#room.get(name).data.subarray(0, count * data.length);
      const [rows = 1, ...others] = shape;
      return [
        name,
        { shape: this.#form === "axis" ? [times, ...shape] : [times * rows, ...others], data: whole },
      ] as const;
    });
    const made = Parameters.from(new Map(tensors));
    this.#views.set(count, made);
    return made;
  }
}

/** Candidates that share a pass: the same ones in every sitting, whichever of them were answered before. */
export interface Group<T> {
  readonly tasks: readonly T[];
  /** Candidates in the pass; of those answered before, somebody else's numbers take the place. */
  readonly size: number;
}

/** A round's tasks, so many places a pass. */
export function groupsOf<T extends { readonly index: number; readonly count?: number }>(
  tasks: readonly T[],
  stack: number,
): Group<T>[] {
  const groups = new Map<number, T[]>();
  for (const task of tasks) {
    const which = Math.floor(task.index / stack);
    const known = groups.get(which);
    if (known) known.push(task);
    else groups.set(which, [task]);
  }
  const end = Math.max(...tasks.map(({ index, count }) => count ?? index + 1));
  return [...groups].map(([which, own]) => ({ tasks: own, size: Math.min(stack, end - which * stack) }));
}
