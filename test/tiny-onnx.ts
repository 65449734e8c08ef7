/** ONNX models of one or two operators, written byte by byte: a picture's pixels are the scores of its classes. */

const varint = (value: number): number[] =>
  value < 128 ? [value] : [(value % 128) | 128, ...varint(Math.floor(value / 128))];
const whole = (field: number, value: number): number[] => [...varint(field * 8), ...varint(value)];
const bytes = (field: number, value: readonly number[]): number[] => [
  ...varint(field * 8 + 2),
  ...varint(value.length),
  ...value,
];
const text = (field: number, value: string): number[] => bytes(field, [...new TextEncoder().encode(value)]);

const FLOAT = 1;
const DOUBLE = 11;
const INT64 = 7;

export interface TinyModel {
  /** A number is fixed, a word is open. */
  readonly input: readonly (number | string)[];
  readonly type?: "float32" | "float64";
  /** What follows Flatten; MatMul is of the scores with themselves, which fails for most shapes; Log is NaN below 0. */
  readonly follow?: "Softmax" | "MatMul" | "Log";
  /** A Reshape to [1, classes] in place of Flatten: whatever the input says, only one picture fits. */
  readonly alone?: true;
  /** False: the pictures themselves are put out, of four dimensions. Default true. */
  readonly flat?: boolean;
  /** An output of int64 comes before the scores: the number of the best class. */
  readonly classFirst?: true;
}

/** Flatten, and Softmax if asked: [batch, C, H, W] -> [batch, C H W]. */
export function tinyOnnx({
  input,
  type = "float32",
  follow,
  flat = true,
  classFirst,
  alone,
}: TinyModel): Uint8Array {
  const element = type === "float32" ? FLOAT : DOUBLE;
  const node = (from: readonly string[], to: string, operator: string): number[] =>
    bytes(1, [...from.flatMap((name) => text(1, name)), ...text(2, to), ...text(4, operator)]);
  const value = (name: string, shape: readonly (number | string)[], kind = element): number[] => {
    const dims = shape.flatMap((size) => bytes(1, typeof size === "number" ? whole(1, size) : text(2, size)));
    return [...text(1, name), ...bytes(2, bytes(1, [...whole(1, kind), ...bytes(2, dims)]))];
  };
  const classes = input.reduce<number>((product, size) => product * (typeof size === "number" ? size : 1), 1);
  const row = [
    ...whole(1, 2),
    ...whole(2, INT64),
    ...bytes(7, [...varint(1), ...varint(classes)]),
    ...text(8, "row"),
  ];
  const nodes = follow
    ? [
        ...node(["pixels"], "flat", "Flatten"),
        ...node(follow === "MatMul" ? ["flat", "flat"] : ["flat"], "scores", follow),
      ]
    : alone
      ? node(["pixels", "row"], "scores", "Reshape")
      : node(["pixels"], "scores", flat ? "Flatten" : "Identity");
  const best = classFirst ? node(["scores"], "class", "ArgMax") : [];
  const graph = [
    ...nodes,
    ...best,
    ...text(2, "tiny"),
    ...(alone ? bytes(5, row) : []),
    ...bytes(11, value("pixels", input)),
    ...(classFirst ? bytes(12, value("class", ["one", "classes"], INT64)) : []),
    ...bytes(12, value("scores", flat ? ["n", "classes"] : input)),
  ];
  return Uint8Array.from([
    ...whole(1, 8),
    ...bytes(7, graph),
    ...bytes(8, [...text(1, ""), ...whole(2, 13)]),
  ]);
}
