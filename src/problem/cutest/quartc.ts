/** One separable quartic under two names. */
import { atLeast, repeated } from "../parts.ts";
import type { Problem } from "../problem.ts";

function quartic(name: string, reference: string): Problem {
  return {
    name,
    source: `CUTEst SIF (${name}); ${reference}; sum_i (x_i - i)^4`,
    dimensions: [100, 1000],
    refuses: atLeast(1),
    start: repeated(2),
    value(x) {
      let sum = 0;
      for (let i = 0; i < x.length; i++) {
        const square = (x[i]! - i - 1) * (x[i]! - i - 1);
        sum += square * square;
      }
      return sum;
    },
    gradient: (x) => x.map((xi, i) => 4 * (xi - i - 1) ** 3),
  };
}

export const dqrtic: Problem = quartic("DQRTIC", "Buckley 1989, problem 157");
export const quartc: Problem = quartic("QUARTC", "Buckley 1989, problem 157, written otherwise");
