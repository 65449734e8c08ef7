/** A loop of one's own: a method is three pure functions over plain data, so a run can be stored at any time. */
import { decode, encode, zoAdamm } from "relizo";

const method = zoAdamm({ lr: 0.05, samples: 4 });
const f = (x: Float64Array): number => x.reduce((sum, xi, i) => sum + (xi - i) ** 2, 0);

let state = method.init(new Float64Array(5), 7);
for (let turn = 0; turn < 400; turn++) {
  const points = method.ask(state);
  state = method.tell(state, points, points.map(f));
}
const stored = encode(state); // text: a file, a database, another machine
const again = decode<typeof state>(stored);

console.log(Array.from(again.x, Math.round).join(" "));
console.log(`the same state, bit for bit: ${encode(again) === stored}`);
// prints:
// 0 1 2 3 4
// the same state, bit for bit: true
