/** The torch-like front: parameters are moved in place, one step at a time. */
import { LIZO } from "relizo";

const weights = new Float32Array(100).fill(1);
const loss = (): number => weights.reduce((sum, w, i) => sum + (1 + (i % 10)) * w * w, 0);

const optimizer = new LIZO(weights, { lr: 0.05, sampleNorm: 1e-3, orthogonalSample: false, seed: 1 });
const before = loss();
for (let step = 0; step < 300; step++) optimizer.step(loss);

console.log(`the loss fell below a tenth: ${loss() < before / 10}`);
console.log(`queries: ${optimizer.numQueries}`);
// prints:
// the loss fell below a tenth: true
// queries: 2700
