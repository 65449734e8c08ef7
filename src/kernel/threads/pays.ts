/** Which calls are worth sharing out: an estimate in the time that adding one sign to one element takes, about 0.15 ns. */
import { MOST_SUMS, STRIP, sumsOf, type Task } from "./strips.ts";

/** Drawing a normal number, and what is done with it. */
const NORMAL = 7;
/** Copying a number between memory that is shared and memory that is not. */
const COPY = 2;
/** What a call must take, about 0.5 ms: another thread is told, wakes up and warms its caches in a fifth of that. */
const LEAST = 3_500_000;

/** Whether to share a call out: it takes long enough, and half as long again as the copies that its caller makes for it. */
export function pays(task: Task): boolean {
  const vectors = task.out === undefined ? task.inputs : [...task.inputs, task.out];
  const copies = vectors.filter((v) => typeof v !== "number" && !(v.buffer instanceof SharedArrayBuffer));
  const cost = costOf(task);
  return (
    task.length * cost >= LEAST &&
    task.length > STRIP &&
    cost >= 1.5 * COPY * copies.length &&
    sumsOf(task, 0) <= MOST_SUMS
  );
}

/** For one element. */
function costOf({ work }: Task): number {
  switch (work.name) {
    case "perturb":
      return work.seeds.length * (work.kind === "gaussian" ? NORMAL : 1);
    case "outer":
      return work.rank / 2;
    case "along":
      return work.seeds.length * (work.kind === "gaussian" ? NORMAL : 4);
    case "gram": {
      const products = work.rows.length * work.others.length;
      const drawn = work.rows === work.others ? work.rows.length : work.rows.length + work.others.length;
      return work.kind === "gaussian" ? NORMAL * drawn + products : drawn / 4 + products / 30;
    }
  }
}
