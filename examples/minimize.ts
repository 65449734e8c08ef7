/** The smallest run: a function, a start, an answer. */
import { minimize } from "relizo";

const valley = (x: Float64Array): number => 100 * (x[1]! - x[0]! ** 2) ** 2 + (1 - x[0]!) ** 2;

const solution = await minimize(valley, [-1.2, 1], { target: 1e-6, maxQueries: 20_000 });

console.log(solution.outcome, solution.value <= 1e-6);
console.log(solution.message);
// prints:
// target true
// The target was reached.
