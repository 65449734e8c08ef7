/**
 * Positions as rotations of pairs of entries. Su and others, RoFormer, arXiv:2104.09864; entry i is paired with entry
 * i + size / 2, as in Hugging Face's LLaMA.
 */
import { TensorProto_DataType } from "onnx-buf";
import { floatTensor } from "../../tensor.ts";
import type { Config } from "../config.ts";
import type { Scope, Value } from "../draft.ts";

/** cos and sin of every angle: [batch, 1, sequence, size]. */
export interface Rotation {
  readonly cos: Value;
  readonly sin: Value;
}

/** @param positions  int64 [batch, sequence] */
export function rotation(at: Scope, positions: Value, frequencies: Float32Array): Rotation {
  const table = at.draft.keep(floatTensor(at.named("inv_freq"), [frequencies.length], frequencies));
  const column = at.op("Unsqueeze", [positions, at.ints(-1)]);
  const half = at.op("Mul", [at.cast(column, TensorProto_DataType.FLOAT), table]);
  const angles = at.op("Unsqueeze", [at.op("Concat", [half, half], { axis: -1 }), at.ints(1)]);
  return { cos: at.op("Cos", [angles]), sin: at.op("Sin", [angles]) };
}

/** @param x  [batch, heads, sequence, size] */
export function rotate(at: Scope, x: Value, { cos, sin }: Rotation): Value {
  const [first = "", second = ""] = at.ops("Split", [x], 2, { axis: -1 });
  const turned = at.op("Concat", [at.op("Neg", [second]), first], { axis: -1 });
  return at.op("Add", [at.op("Mul", [x, cos]), at.op("Mul", [turned, sin])]);
}

/**
 * Angles per position, of half as many entries as a head has: theta^(-2 i / size), stretched as `rope_scaling` says.
 *
 * @throws RelizoError DATA for a stretching that is not known
 */
export function frequencies(config: Config, size: number): Float32Array {
  config.only("partial_rotary_factor", 1);
  const scaling = config.part("rope_parameters") ?? config.part("rope_scaling");
  const theta = scaling?.has("rope_theta")
    ? scaling.number("rope_theta")
    : config.number("rope_theta", 10_000);
  const plain = Float64Array.from({ length: size / 2 }, (_, i) => theta ** ((-2 * i) / size));
  return Float32Array.from(scaling ? stretched(plain, scaling) : plain);
}

function stretched(plain: Float64Array, scaling: Config): Float64Array {
  scaling.only("partial_rotary_factor", 1);
  const key = scaling.has("rope_type") ? "rope_type" : "type";
  const kind = scaling.text(key);
  if (kind === "default") return plain;
  if (kind === "linear") return plain.map((frequency) => frequency / scaling.number("factor"));
  if (kind === "llama3") return plain.map(llama3(scaling));
  throw scaling.refusal(
    key,
    '"default", "linear" and "llama3" can be built; export this model with optimum instead',
  );
}

/** Short waves stay, long ones are stretched, those between are blended: Llama 3.1's own inference code. */
function llama3(scaling: Config): (frequency: number) => number {
  const factor = scaling.number("factor");
  const low = scaling.number("low_freq_factor");
  const high = scaling.number("high_freq_factor");
  const context = scaling.number("original_max_position_embeddings");
  return (frequency) => {
    const turns = (context * frequency) / (2 * Math.PI); // of this wave over the old context
    const kept = Math.min(1, Math.max(0, (turns - low) / (high - low)));
    return kept * frequency + ((1 - kept) * frequency) / factor;
  };
}
