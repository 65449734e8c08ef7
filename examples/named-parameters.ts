/** A network whose tensors have names: one layer is frozen, the other trained, and the result kept as a safetensors file. */
import { LIZO } from "relizo";
import { decodeSafetensors, encodeSafetensors, Parameters } from "relizo/parameters";

const parameters = Parameters.zeros({ "hidden.weight": [8], "hidden.bias": [8], "head.weight": [8] });
parameters.get("hidden.weight").data.fill(3);
parameters.get("hidden.bias").data.set([-3, -2, -1, 0, 1, 2, 3, 4]);

const [weight, bias, head] = ["hidden.weight", "hidden.bias", "head.weight"].map(
  (name) => parameters.get(name).data,
);
const network = (t: number): number =>
  head!.reduce((sum, h, i) => sum + h * Math.tanh(weight![i]! * t + bias![i]!), 0);
const loss = (): number => {
  const points = Array.from({ length: 21 }, (_, i) => i / 10 - 1);
  return points.reduce((sum, t) => sum + (network(t) - Math.sin(3 * t)) ** 2, 0) / points.length;
};

parameters.freeze("hidden");
const optimizer = new LIZO(parameters, { lr: 0.05, sampleNorm: 1e-3, seed: 1 });
const before = loss();
for (let step = 0; step < 400; step++) optimizer.step(loss);

const file = encodeSafetensors(parameters, { metadata: { task: "sine" } });
const { parameters: again, metadata } = decodeSafetensors(file);
console.log(`the loss fell below a hundredth: ${loss() < before / 100}`);
console.log(`frozen: ${parameters.get("hidden.bias").data.join(" ")}`);
console.log(`in the file: ${again.names.join(", ")}; ${metadata.task}`);
// prints:
// the loss fell below a hundredth: true
// frozen: -3 -2 -1 0 1 2 3 4
// in the file: head.weight, hidden.bias, hidden.weight; sine
