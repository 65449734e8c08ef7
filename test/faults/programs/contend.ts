/**
 * One of several writers: `node contend.mjs JOURNAL WITNESS LANE FIRST ATTEMPTS`. Each attempt opens the journal or is refused; inside,
 * a witness file that can only be made by one shows that there is no other writer, and a round is written. Some die there.
 */
import { closeSync, openSync, readFileSync, unlinkSync, writeSync } from "node:fs";
import { setTimeout as pause } from "node:timers/promises";
import { RelizoError, uniforms } from "../../../src/index.ts";
import { openJournal } from "../../../src/journal/file/index.ts";

const [path = "", witness = "", ...numbers] = process.argv.slice(2);
const [lane = 0, first = 0, attempts = 0] = numbers.map(Number);

const header = {
  run: "contended",
  method: "none",
  settings: null,
  seed: 0,
  dimension: 1,
  space: "dense",
  start: "",
  bounds: null,
  relizo: "0",
};

function tell(word: string): void {
  writeSync(1, `${word}\n`);
}

/** Where two are inside at once, the second finds the first one's witness, and the first one alive. */
function enter(): void {
  for (;;) {
    try {
      const file = openSync(witness, "wx");
      writeSync(file, String(process.pid));
      closeSync(file);
      return;
    } catch {
      const other = Number(readFileSync(witness, "utf8"));
      try {
        process.kill(other, 0);
        if (!/^\d+ \(.*\) Z/.test(readFileSync(`/proc/${other}/stat`, "utf8"))) tell(`two ${other}`);
      } catch {} // it died inside, and its lock was taken over
      unlinkSync(witness);
    }
  }
}

for (let n = first; n < attempts; n++) {
  const [wait, chance] = uniforms({ seed: lane, step: n }, 0, 2);
  await pause(2 * wait!);
  try {
    const journal = await openJournal(path);
    enter();
    await journal.begin(header);
    while (journal.next());
    await journal.write({ batch: lane, stamp: n, values: Float64Array.of(lane, n) });
    tell(`wrote ${n}`);
    await pause(2 * wait!);
    if (chance! < 0.25) process.kill(process.pid, "SIGKILL");
    unlinkSync(witness);
    await journal.close();
  } catch (error) {
    if (!(error instanceof RelizoError && /open for writing/.test(error.message))) throw error;
    tell(`refused ${n}`);
  }
}
