/**
 * What those who share parameters say: candidates, and the updates between them, as coefficients of seeds and of kept vectors. Some
 * twenty-five bytes a term, whatever d is. Whatever has another shape is refused.
 */
import type { Seed } from "../../kernel/seeds.ts";
import { has, need } from "../../option.ts";
import type { Candidate, Update } from "../../space/replica.ts";
import { isHash } from "./names.ts";
import { pack, unpack } from "./pack.ts";
import { isCount } from "./wire.ts";

/** A candidate for whoever has applied so many updates of that stream. */
export interface SharedCandidate {
  readonly of: string;
  readonly after: number;
  readonly terms: Candidate;
}

/** What a run's parameters are: the first message of its updates. */
export interface About {
  /** Of directions: as `Seeded.kind` says. */
  readonly kind: string;
  readonly dimension: number;
  /** Of the parameters at the start. */
  readonly stamp: readonly number[];
}

/** Updates from number `first` on, and what the parameters then are where that is told. */
export interface Updates {
  readonly first: number;
  readonly updates: readonly Update[];
  readonly stamp?: readonly number[] | undefined;
}

const VERSION = 1;
/** Terms of one sum: a recipe is written out long before. */
const MOST_TERMS = 4096;
/** Vectors that updates write. */
export const MOST_VECTORS = 64;

/** Coefficients, words of seeds, and which terms are kept vectors, whose number is the first word. */
type Sum = readonly [coefficients: Float64Array, words: Uint32Array, kept: Uint32Array];

function sumOf(candidate: Candidate): Sum {
  need(
    candidate.length <= MOST_TERMS,
    "OPTION",
    `nats: a sum of directions must have at most ${MOST_TERMS} terms; lower samples`,
    `${candidate.length} terms`,
  );
  const isKept = (of: Seed | number): of is number => typeof of === "number";
  return [
    Float64Array.from(candidate, ([c]) => c),
    Uint32Array.from(candidate.flatMap(([, of]) => (isKept(of) ? [of, 0, 0, 0] : of))),
    Uint32Array.from(candidate.flatMap(([, of], i) => (isKept(of) ? [i] : []))),
  ];
}

function candidateIn(value: unknown): Candidate | undefined {
  if (!Array.isArray(value) || value.length !== 3) return undefined;
  const [coefficients, words, kept]: unknown[] = value;
  if (!(coefficients instanceof Float64Array && words instanceof Uint32Array && kept instanceof Uint32Array))
    return undefined;
  const n = coefficients.length;
  if (n > MOST_TERMS || words.length !== 4 * n || kept.length > n) return undefined;
  if (!coefficients.every(Number.isFinite) || kept.some((i) => i >= n || words[4 * i]! >= MOST_VECTORS))
    return undefined;
  const vectors = new Set(kept);
  return Array.from(coefficients, (c, i) => {
    const [w0 = 0, w1 = 0, w2 = 0, w3 = 0] = words.subarray(4 * i, 4 * i + 4);
    return [c, vectors.has(i) ? w0 : [w0, w1, w2, w3]];
  });
}

/** What is handed out as a task's candidate. */
export function writeCandidate({ of, after, terms }: SharedCandidate): unknown {
  return [of, after, sumOf(terms)];
}

/** Undefined for what is none. */
export function readCandidate(value: unknown): SharedCandidate | undefined {
  if (!Array.isArray(value) || value.length !== 3) return undefined;
  const [of, after, sum]: unknown[] = value;
  const terms = candidateIn(sum);
  return isHash(of) && isCount(after) && terms ? { of, after, terms } : undefined;
}

export function writeAbout({ kind, dimension, stamp }: About): Uint8Array<ArrayBuffer> {
  return pack([VERSION, "about", kind, dimension, Float64Array.from(stamp)]);
}

export function writeUpdates({ first, updates, stamp }: Updates): Uint8Array<ArrayBuffer> {
  const said = updates.map(({ into, sum }) => [into === "x" ? -1 : into, sumOf(sum)]);
  return pack([VERSION, "updates", first, said, Float64Array.from(stamp ?? [])]);
}

export function readStream(data: Uint8Array): About | Updates | undefined {
  let fields: unknown;
  try {
    fields = unpack(data);
  } catch {
    return undefined;
  }
  if (!Array.isArray(fields) || fields.length !== 5 || fields[0] !== VERSION) return undefined;
  const [, what, a, b, numbers]: unknown[] = fields;
  if (!(numbers instanceof Float64Array && numbers.every(Number.isSafeInteger))) return undefined;
  const stamp = [...numbers];
  if (what === "about" && typeof a === "string" && isCount(b)) return { kind: a, dimension: b, stamp };
  if (what !== "updates" || !isCount(a) || !Array.isArray(b)) return undefined;
  const updates = b.flatMap((one: unknown) => updateIn(one) ?? []);
  if (updates.length !== b.length) return undefined;
  return { first: a, updates, ...(stamp.length > 0 && { stamp }) };
}

export const isAbout = (message: About | Updates): message is About => has(message, "kind");

function updateIn(value: unknown): Update | undefined {
  if (!Array.isArray(value) || value.length !== 2) return undefined;
  const [into, sum]: unknown[] = value;
  const terms = candidateIn(sum);
  if (!terms || !Number.isInteger(into)) return undefined;
  const number = Number(into);
  if (number < -1 || number >= MOST_VECTORS) return undefined;
  return { into: number === -1 ? "x" : number, sum: terms };
}
