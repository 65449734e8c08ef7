/** A matrix of low rank added to parameters: nothing as long as they are is drawn or stored. */
import { need } from "../../option.ts";
import type { Engine, Job } from "./engine.ts";
import { outerShader, SUMMED } from "./shaders.ts";
import { bind, checkParts, type DevicePart, type DeviceVector, pieces } from "./vector.ts";

export function outer(
  engine: Engine,
  out: DeviceVector,
  x: DeviceVector,
  begin: number,
  rank: number,
  a: DevicePart,
  b: DevicePart,
): void {
  checkParts("outer", [a, b]);
  const [rows, columns] = [a.length / rank, b.length / rank];
  const whole = [rank, rows, columns].every((count) => Number.isInteger(count) && count > 0);
  need(whole, "SHAPE", "outer: a and b must have as many numbers for each of their vectors", rank);
  const all = pieces("outer", [out, x], engine.most(2, SUMMED));
  const fits = all.every((piece) => piece.begin >= begin && piece.begin + piece.length <= begin + rows * columns); // biome-ignore format: one line
  need(fits, "SHAPE", `outer: it takes elements of ${rows} x ${columns} from ${begin} on`, out);
  const apart = out.every(({ buffer }) => buffer !== a.buffer && buffer !== b.buffer);
  need(apart, "SHAPE", "outer: what is written must not lie in a buffer of a or b", out);
  const factors = [a, b].map((part) => bind("outer", [part], part.length, engine.alignment));
  const jobs = all.map(({ begin: at, length, places }): Job => {
    const { ranges, slots, firsts } = bind("outer", places, length, engine.alignment);
    const access = ranges.map(({ buffer }) => (buffer === places[0]!.buffer ? "read_write" : "read"));
    const first = at - begin;
    const own = [...firsts, ...factors.map((bound) => bound.firsts[0]!)];
    return {
      shader: { name: `outer ${access} ${slots}`, code: () => outerShader(access, slots) },
      groups: [Math.ceil(length / SUMMED), 1],
      numbers: [length, first % columns, Math.floor(first / columns), rank, ...own, rows, columns],
      operands: [...ranges, ...factors.map((bound) => bound.ranges[0]!)],
    };
  });
  engine.run(jobs);
}
