/** What is optimized, as models have it: tensors with names, some of them frozen. `LIZO` takes them as they are. */
import { RelizoError } from "../error.ts";
import { has, need } from "../option.ts";
import { matching, noneError, type Pattern } from "./select.ts";

/** A tensor as it is given; a plain array is a vector. */
export type TensorInit = Float32Array | { readonly shape: readonly number[]; readonly data: Float32Array };

/** By name: an object, or a `Map`. */
export type Named<T> = Readonly<Record<string, T>> | ReadonlyMap<string, T>;

/** A tensor: row-major, its last index runs fastest. */
export interface Tensor {
  readonly name: string;
  readonly dtype: "float32";
  readonly shape: readonly number[];
  /** The numbers themselves: changed in place by whoever trains them. */
  readonly data: Float32Array;
  /** Whether training leaves it as it is. */
  readonly frozen: boolean;
}

/** Numbers that one buffer takes at most, 1 GiB: more is refused by some engines. */
const MOST = 2 ** 28;

/**
 * Named float32 tensors, in the order of their names (by UTF-16 code units, as `sort()` has it): equal tensors have one order,
 * whoever made or stored them, and so one seed gives one run.
 */
export class Parameters implements Iterable<Tensor> {
  readonly #tensors: ReadonlyMap<string, Tensor & { frozen: boolean }>;

  private constructor(tensors: readonly (Tensor & { frozen: boolean })[]) {
    this.#tensors = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  }

  /**
   * The tensors as given: the arrays are kept, not copied, and what trains the parameters changes them.
   *
   * @throws RelizoError SHAPE, naming the tensor, when its array is no Float32Array or does not fill its shape, or when it
   *   shares memory with another
   */
  static from(tensors: Named<TensorInit>): Parameters {
    const where = "Parameters.from";
    const made = sorted(where, tensors).map(([name, given]) => {
      const init: unknown = given instanceof Float32Array ? { shape: [given.length], data: given } : given;
      const what = `${where}: ${JSON.stringify(name)}`;
      need(
        has(init, "shape", "data") && init.data instanceof Float32Array,
        "SHAPE",
        `${what} must be a Float32Array, or { shape, data } with data a Float32Array`,
        init,
      );
      const { data } = init;
      const shape = readShape(what, init.shape);
      const count = numbersOf(shape);
      if (count !== data.length) {
        const kind = `has shape [${shape.join(", ")}], which takes ${count} numbers`;
        throw new RelizoError("SHAPE", `${what} ${kind}, got ${data.length}.`);
      }
      return tensor(name, shape, data);
    });
    needApart(where, made);
    return new Parameters(made);
  }

  /**
   * Tensors of zeros, back to back in one buffer; in several where they need more than 1 GiB.
   *
   * @param shapes  the shape of each tensor; `[]` is a single number
   * @throws RelizoError SHAPE, naming the tensor, for a shape that is none
   */
  static zeros(shapes: Named<readonly number[]>): Parameters {
    const where = "Parameters.zeros";
    const entries = sorted(where, shapes).map(
      ([name, shape]) => [name, readShape(`${where}: ${JSON.stringify(name)}`, shape)] as const,
    );
    const arrays = allocate(
      where,
      entries.map(([, shape]) => numbersOf(shape)),
    );
    return new Parameters(entries.map(([name, shape], i) => tensor(name, shape, arrays[i]!)));
  }

  /** The names of all tensors, sorted. */
  get names(): readonly string[] {
    return [...this.#tensors.keys()];
  }

  /** Numbers in all tensors, frozen ones included. */
  get size(): number {
    let size = 0;
    for (const { data } of this) size += data.length;
    return size;
  }

  /** The arrays of the tensors that are not frozen, in the order of `names`: what `new LIZO(parameters)` trains. */
  get arrays(): readonly Float32Array[] {
    return [...this].filter(({ frozen }) => !frozen).map(({ data }) => data);
  }

  /** All numbers as one array on the same memory; undefined where the tensors do not lie back to back in their order. */
  get flat(): Float32Array | undefined {
    const pieces = [...this].map(({ data }) => data).filter(({ length }) => length > 0);
    const [first] = pieces;
    if (first === undefined) return new Float32Array();
    let end = first.byteOffset;
    for (const { buffer, byteOffset, byteLength } of pieces) {
      if (buffer !== first.buffer || byteOffset !== end) return undefined;
      end += byteLength;
    }
    return new Float32Array(first.buffer, first.byteOffset, this.size);
  }

  /** In the order of `names`. */
  [Symbol.iterator](): IterableIterator<Tensor> {
    return this.#tensors.values();
  }

  has(name: string): boolean {
    return this.#tensors.has(name);
  }

  /** @throws RelizoError OPTION where there is none of this name: the message has near names */
  get(name: string): Tensor {
    const found = this.#tensors.get(name);
    if (found === undefined) throw noneError("Parameters.get", this.names, name);
    return found;
  }

  /**
   * The tensors that match: a window on the same ones, numbers and freezes included.
   *
   * @throws RelizoError OPTION when the pattern, or one of a list, matches none: the message has near names
   */
  select(pattern: Pattern): Parameters {
    return new Parameters(this.#matching("select", pattern));
  }

  /**
   * Keeps tensors out of `arrays`, and so out of training; a `LIZO` that was made before is not changed by it.
   *
   * @param pattern  default: all
   * @throws RelizoError OPTION as `select` does
   */
  freeze(pattern: Pattern = "**"): this {
    for (const one of this.#matching("freeze", pattern)) one.frozen = true;
    return this;
  }

  /**
   * Undoes `freeze`.
   *
   * @param pattern  default: all
   * @throws RelizoError OPTION as `select` does
   */
  unfreeze(pattern: Pattern = "**"): this {
    for (const one of this.#matching("unfreeze", pattern)) one.frozen = false;
    return this;
  }

  /** A copy that shares nothing, freezes kept, laid out as `zeros` does. */
  clone(): Parameters {
    const copy = Parameters.zeros(new Map([...this].map(({ name, shape }) => [name, shape])));
    for (const { name, data, frozen } of this) {
      const made = copy.#tensors.get(name)!;
      made.data.set(data);
      made.frozen = frozen;
    }
    return copy;
  }

  /**
   * Takes over the numbers of the other's tensors of the same names, frozen ones included. It may have further ones.
   *
   * @throws RelizoError SHAPE, naming the tensor, where the other lacks one or has it in another shape; nothing is copied then
   */
  copyFrom(other: Parameters): this {
    need(#tensors in Object(other), "OPTION", "Parameters.copyFrom: other must be a Parameters", other);
    for (const { name, shape } of this) {
      const there = other.#tensors.get(name)?.shape;
      if (there?.join() === shape.join()) continue;
      const got = there === undefined ? "no such tensor" : `[${there.join(", ")}]`;
      const what = `Parameters.copyFrom: ${JSON.stringify(name)} must have shape [${shape.join(", ")}]`;
      throw new RelizoError("SHAPE", `${what}, got ${got}.`);
    }
    for (const { name, data } of this) data.set(other.get(name).data);
    return this;
  }

  #matching(method: string, pattern: Pattern): (Tensor & { frozen: boolean })[] {
    return matching(`Parameters.${method}`, this.names, pattern).map((name) => this.#tensors.get(name)!);
  }
}

function tensor(name: string, shape: readonly number[], data: Float32Array): Tensor & { frozen: boolean } {
  return { name, dtype: "float32", shape, data, frozen: false };
}

function sorted<T>(where: string, named: Named<T>): (readonly [string, T])[] {
  need(has(named) && !Array.isArray(named), "SHAPE", `${where}: tensors must come by name`, named);
  const entries: (readonly [string, T])[] = named instanceof Map ? [...named] : Object.entries(named);
  for (const [name] of entries) {
    const fine = typeof name === "string" && name !== "" && name !== "__metadata__";
    need(fine, "SHAPE", `${where}: a name must be a text, not empty and not "__metadata__"`, name);
  }
  return entries.sort(([a], [b]) => (a < b ? -1 : 1));
}

/** A copy, so that what the caller does to his own changes nothing here. */
function readShape(what: string, shape: unknown): readonly number[] {
  const fine = Array.isArray(shape) && shape.every((extent) => Number.isSafeInteger(extent) && extent >= 0);
  need(fine, "SHAPE", `${what}: shape must be a list of whole numbers >= 0`, shape);
  return Object.freeze([...shape]);
}

export function numbersOf(shape: readonly number[]): number {
  return shape.reduce((product, extent) => product * extent, 1);
}

/** Arrays of these lengths, back to back in as few buffers of at most `most` numbers as their order allows. */
export function allocate(where: string, lengths: readonly number[], most: number = MOST): Float32Array[] {
  const arrays: Float32Array[] = [];
  for (let from = 0; from < lengths.length; ) {
    let to = from;
    let total = 0;
    while (to < lengths.length && (to === from || total + lengths[to]! <= most)) total += lengths[to++]!;
    const whole = zeros(where, total);
    for (let begin = 0; from < to; begin += lengths[from++]!) {
      arrays.push(whole.subarray(begin, begin + lengths[from]!));
    }
  }
  return arrays;
}

function zeros(where: string, length: number): Float32Array {
  try {
    return new Float32Array(length);
  } catch (cause) {
    throw new RelizoError("SHAPE", `${where}: there is no room for ${length} numbers in one array.`, {
      cause,
    });
  }
}

function needApart(where: string, tensors: readonly Tensor[]): void {
  const last = new Map<ArrayBufferLike, Tensor>();
  const byPlace = tensors
    .filter(({ data }) => data.length > 0)
    .sort((a, b) => a.data.byteOffset - b.data.byteOffset);
  for (const one of byPlace) {
    const before = last.get(one.data.buffer);
    if (before !== undefined && before.data.byteOffset + before.data.byteLength > one.data.byteOffset) {
      const names = `${JSON.stringify(before.name)} and ${JSON.stringify(one.name)}`;
      throw new RelizoError("SHAPE", `${where}: ${names} share memory; give one of them, or a copy.`);
    }
    last.set(one.data.buffer, one);
  }
}
