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

export interface TinyModel {
  /** A number is fixed, a word is open. */
  readonly input: readonly (number | string)[];
  readonly type?: "float32" | "float64";
  /** What follows Flatten. */
  readonly follow?: "Softmax";
}

/** Flatten, and Softmax if asked: [batch, C, H, W] -> [batch, C H W]. */
export function tinyOnnx({ input, type = "float32", follow }: TinyModel): Uint8Array {
  const element = type === "float32" ? FLOAT : DOUBLE;
  const node = (from: string, to: string, operator: string): number[] =>
    bytes(1, [...text(1, from), ...text(2, to), ...text(4, operator)]);
  const value = (name: string, shape: readonly (number | string)[]): number[] => {
    const dims = shape.flatMap((size) => bytes(1, typeof size === "number" ? whole(1, size) : text(2, size)));
    return [...text(1, name), ...bytes(2, bytes(1, [...whole(1, element), ...bytes(2, dims)]))];
  };
  const nodes = follow
    ? [...node("pixels", "flat", "Flatten"), ...node("flat", "scores", follow)]
    : node("pixels", "scores", "Flatten");
  const graph = [
    ...nodes,
    ...text(2, "tiny"),
    ...bytes(11, value("pixels", input)),
    ...bytes(12, value("scores", ["n", "classes"])),
  ];
  return Uint8Array.from([
    ...whole(1, 8),
    ...bytes(7, graph),
    ...bytes(8, [...text(1, ""), ...whole(2, 13)]),
  ]);
}
