/** Paths of modules: an export's "layers.0.q_proj" is a class's "model.layers.0.self_attn.q_proj". */

/**
 * How paths of an export are called elsewhere: a text is put in front of each; or pairs of an own path and its other name, of
 * which the first that fits counts. A pair's own path may be the beginning of one, and `*` in it is any one part, which takes
 * the place of a `*` in the other: `["layer.*.ln1", "encoder.layer.*.attention.output.LayerNorm"]`.
 */
export type Paths = string | readonly (readonly [own: string, theirs: string])[];

export function isPaths(value: unknown): value is Paths {
  const isPair = (pair: unknown): boolean =>
    Array.isArray(pair) && pair.length === 2 && pair.every((path) => typeof path === "string");
  return typeof value === "string" || (Array.isArray(value) && value.every(isPair));
}

/** What a path is called elsewhere; undefined where nothing is said of it. */
export function renamed(path: string, paths: Paths): string | undefined {
  if (typeof paths === "string") return paths === "" ? path : `${paths.replace(/\.$/, "")}.${path}`;
  const parts = path.split(".");
  for (const [own, theirs] of paths) {
    const wanted = own.split(".");
    if (wanted.length > parts.length || !wanted.every((part, i) => part === "*" || part === parts[i]))
      continue;
    const any = parts.filter((_, i) => wanted[i] === "*");
    const named = theirs.split(".").map((part) => (part === "*" ? (any.shift() ?? part) : part));
    return [...named, ...parts.slice(wanted.length)].join(".");
  }
  return undefined;
}

/**
 * Which of their paths each own path is: the same; or the one left when parts are left out of the longer of both, as exporters
 * leave out wrappers, the numbers in it and its end being the same. Where two would do as well, neither is taken, unless another
 * path fits better there.
 *
 * @cost  own times theirs
 */
export function align(own: readonly string[], theirs: readonly string[]): Map<string, string> {
  const found = new Map<string, string>();
  const [left, right] = [words(own), words(theirs)];
  for (let before = -1; found.size > before; ) {
    before = found.size;
    const best = new Map([...left].map(([path, own]) => [path, nearest(path, own, right)]));
    const back = new Map([...right].map(([path, own]) => [path, nearest(path, own, left)]));
    for (const [path, other] of best)
      if (other !== undefined && back.get(other) === path) {
        found.set(path, other);
        left.delete(path);
        right.delete(other);
      }
  }
  return found;
}

type Words = Map<string, readonly string[]>;

function words(paths: readonly string[]): Words {
  return new Map(paths.map((path) => [path, wordsOf(path)]));
}

/** A dense layer at the end of a block goes by the block's name in some exports. */
function wordsOf(path: string): readonly string[] {
  return path.replace(/\.dense(?=$|\.(?:weight|bias)$)/, "").split(/[._]/);
}

function nearest(path: string, words: readonly string[], others: Words): string | undefined {
  let least = Infinity;
  let found: string | undefined;
  for (const [other, theirs] of others) {
    const distance = other === path ? -1 : apart(words, theirs);
    if (distance === least) found = undefined;
    if (distance < least) [least, found] = [distance, other];
  }
  return found;
}

/** Words that one has more than the other; Infinity where they are not the same otherwise. */
function apart(a: readonly string[], b: readonly string[]): number {
  const [short, long] = a.length <= b.length ? [a, b] : [b, a];
  const numbers = (words: readonly string[]): string => words.filter((word) => /^\d+$/.test(word)).join();
  if (short.at(-1) !== long.at(-1) || numbers(short) !== numbers(long)) return Infinity;
  let at = 0;
  for (const word of long) if (word === short[at]) at++;
  return at === short.length ? long.length - short.length : Infinity;
}
