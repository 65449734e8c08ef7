/** The suite's objective as a program that stays, in Node. */
import { createInterface } from "node:readline";
import { objective } from "./objective.ts";

interface Request {
  readonly id: number;
  readonly batch: number;
  readonly x: readonly (number | string)[];
}

for await (const line of createInterface({ input: process.stdin })) {
  const { id, batch, x } = JSON.parse(line) as Request;
  objective(Float64Array.from(x, Number), { batch }).then(
    (value) =>
      say({ id, value: Object.is(value, -0) || !Number.isFinite(value) ? `${value}` : value }, value),
    (error: Error) => say({ id, error: error.message }),
  );
}

function say(answer: object, value?: number): void {
  const text = JSON.stringify(answer);
  console.log(Object.is(value, -0) ? text.replace('"0"', "-0.0") : text);
}
