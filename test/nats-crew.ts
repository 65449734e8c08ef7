/** Worker processes for tests over a broker: started, started again where one dies, and ended. */
import type { ChildProcess } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { bundled, ended } from "./program.ts";

export interface CrewOptions {
  readonly url: string;
  readonly run: string;
  readonly folder: string;
  readonly workers: number;
  /** Of trouble in a query: a third throws, a third hangs, a third dies. Default 0. */
  readonly probability?: number;
  readonly seed?: number;
  /** How long the objective takes [ms]. Default 0. */
  readonly ms?: number;
  /** Whether they note what they do. Default true; where time is measured, writing it down is not what is asked. */
  readonly notes?: boolean;
}

/** A line of the workers' own log. */
export interface Noted {
  readonly what: string;
  readonly worker: string;
  readonly place: string;
  /** How often it had been handed out. */
  readonly delivery: number;
  /** [ms] since 1970 */
  readonly at: number;
}

export interface Crew {
  /** Workers that died, and when. */
  readonly deaths: readonly { readonly worker: string; readonly at: number }[];
  /** Waits for all to end, and reads what they noted. */
  end(): Promise<readonly Noted[]>;
}

export async function crew({ url, run, folder, workers, ...own }: CrewOptions): Promise<Crew> {
  const { probability = 0, seed = 0, ms = 0, notes = true } = own;
  const script = await bundled("test/faults/programs/nats-worker.ts", folder);
  const log = notes ? join(folder, `${run}.log`) : "";
  const alive = new Set<ChildProcess>();
  const deaths: { worker: string; at: number }[] = [];
  let over = false;
  let starts = 0;
  async function employ(place: number): Promise<void> {
    for (let life = 0; !over; life++) {
      const worker = `w${place}.${life}`;
      const args = [script, url, run, worker, log, probability, seed * 100_000 + starts++, ms].map(String);
      const { code, signal, err } = await ended(args, (child) => {
        alive.add(child);
        child.once("exit", () => alive.delete(child));
      });
      if (signal === "SIGKILL") deaths.push({ worker, at: Date.now() });
      else if (over && signal === "SIGTERM")
        return; // it had not begun to listen
      else if (code !== 0) throw new Error(`${worker} ended with ${code ?? signal}: ${err}`);
    }
  }
  const all = Promise.all(Array.from({ length: workers }, (_, place) => employ(place)));
  all.catch(() => {});
  return {
    deaths,
    async end() {
      over = true;
      for (const child of alive) child.kill("SIGTERM");
      await all;
      return existsSync(log) ? read(readFileSync(log, "utf8")) : [];
    },
  };
}

function read(text: string): readonly Noted[] {
  return text
    .trimEnd()
    .split("\n")
    .map((line) => {
      const [what = "", worker = "", place = "", delivery, at] = line.split(" ");
      return { what, worker, place, delivery: Number(delivery), at: Number(at) };
    });
}
