/** Sessions of onnxruntime-node in threads of this process, so that candidates of a round are evaluated at the same time. Node only. */
import { availableParallelism } from "node:os";
import { Piscina } from "piscina";
import { RelizoError } from "../../../src/index.ts";
import { encodeModel, type Feeds, type OnnxModel } from "../../../src/onnx/index.ts";
import { Parameters } from "../../../src/parameters/index.ts";
import { jsSeeds, type Update } from "../../../src/run/kernels.ts";
import { needWhole } from "../check.ts";
import type { Placing, Seat, SessionPool } from "./pool.ts";
import type { Given, Said, Seated, Work } from "./session-thread.ts";

export interface NodeSessionsOptions {
  /** How many, each with one thread. Default: as many as this machine runs at a time. */
  readonly sessions?: number;
  /** Most memory that JavaScript in one thread may take [MB], 0 (default): as Node has it. A thread that needs more ends. */
  readonly heap?: number;
}

/** Threads in the open, for whoever watches over them. */
export interface NodeSessionPool extends SessionPool {
  readonly threads: Piscina["threads"];
}

/** One thread, and which state of the parameters it holds. */
interface Lane {
  readonly pool: Piscina<Work, Said>;
  /** Undefined before it was given the parameters; `thread` was: where that died, piscina has started another. */
  at: { readonly thread: unknown; readonly epoch: number; readonly updates: number } | undefined;
}

/** A session that missed more updates is given the parameters anew. */
const MOST_UPDATES = 64;
/** Attempts at a pass that belongs to no round. */
const ATTEMPTS = 3;

/**
 * Opens a model several times. Numbers are those of `openNodeSession` with one thread, whatever the number of sessions. A thread that
 * dies is replaced.
 *
 * @throws RelizoError as `openNodeSession` does
 * @cost  each session holds the model and what it needs to run it, the parameters that train (4 d bytes) and, where they move in
 *   place, a copy and the vectors of the method's memory; this thread keeps the model's bytes once
 */
export async function openNodeSessions(
  model: OnnxModel,
  { sessions = availableParallelism(), heap = 0 }: NodeSessionsOptions = {},
): Promise<NodeSessionPool> {
  needWhole("openNodeSessions: sessions", sessions, 1);
  needWhole("openNodeSessions: heap", heap, 0);
  const encoded = encodeModel(model);
  const bytes = new Uint8Array(new SharedArrayBuffer(encoded.length));
  bytes.set(encoded);
  const workerData: Given = { bytes, folder: model.external?.folder };
  const idle: Lane[] = [];
  const working = new Set<Lane>();
  const leaving = new Set<Promise<void>>();
  const waiting: (() => void)[] = [];
  let closed = false;
  let seat: Seat | undefined;
  let epoch = 0;
  /** The last updates since the parameters were changed otherwise, the first of them being number `first`. */
  let [updates, first]: [Update[], number] = [[], 0];
  let vectors: readonly Float32Array[] = [];
  /** Of the parameters when `run` was last called. */
  let stamp = "";

  function start(): Lane {
    const pool = new Piscina<Work, Said>({
      filename: new URL(`./session-thread${import.meta.url.slice(-3)}`, import.meta.url).href,
      workerData,
      minThreads: 1,
      maxThreads: 1,
      atomics: "disabled",
      ...(heap > 0 && { resourceLimits: { maxOldGenerationSizeMb: heap } }),
    });
    const lane = { pool, at: undefined };
    pool.on("error", () => end(lane)); // it failed between two passes
    return lane;
  }

  function end(lane: Lane): void {
    const at = idle.indexOf(lane);
    if (at >= 0) idle.splice(at, 1);
    const gone: Promise<void> = lane.pool.destroy().finally(() => leaving.delete(gone));
    leaving.add(gone);
  }

  function ready(): Lane {
    for (let lane = idle.pop(); lane; lane = idle.pop()) {
      if (lane.pool.threads.length === 1) return lane;
      end(lane);
    }
    return start();
  }

  /** What the thread lacks of the parameters. */
  function lacking({ at, pool }: Lane): Pick<Work, "seat" | "updates"> {
    if (!seat) return {};
    const follows = at && at.thread === pool.threads[0] && at.epoch === epoch && at.updates >= first;
    if (follows) return { updates: updates.slice(at.updates - first) };
    const { parameters, form, stack, directions } = seat;
    const tensors = [...parameters].map(({ name, shape, data }) => [name, { shape, data }] as const);
    return { seat: { tensors, form, stack, directions, vectors } satisfies Seated };
  }

  async function say(lane: Lane, work: Work): Promise<Said> {
    working.add(lane);
    const then = { thread: lane.pool.threads[0], epoch, updates: first + updates.length };
    try {
      const said = await lane.pool.run({ ...work, ...lacking(lane) });
      lane.at = "code" in said ? undefined : then; // what failed may have left anything
      idle.push(lane);
      return said;
    } catch (cause) {
      end(lane);
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new RelizoError("EVALUATOR", `a session ended in the middle of a pass: ${why}.`, { cause });
    } finally {
      working.delete(lane);
      waiting.shift()?.();
    }
  }

  /** Whoever waits no longer leaves the thread to its pass: to end one that computes would take the process with it. */
  async function pass(feeds: Feeds, outputs: readonly string[], placing?: Placing, signal?: AbortSignal) {
    while (working.size >= sessions) await new Promise<void>((resolve) => waiting.push(resolve));
    if (signal?.aborted || closed) {
      waiting.shift()?.(); // the place goes to the next one
      signal?.throwIfAborted();
      throw new RelizoError("STATE", "the sessions are closed.");
    }
    const said = await say(ready(), { feeds, outputs, placing });
    if ("code" in said) throw new RelizoError(said.code, said.message);
    return "found" in said ? said.found : {};
  }

  async function again(feeds: Feeds, outputs: readonly string[]) {
    for (let tries = 1; ; tries++)
      try {
        return await pass(feeds, outputs);
      } catch (error) {
        const ended = error instanceof RelizoError && error.code === "EVALUATOR";
        if (!ended || tries === ATTEMPTS) throw error;
      }
  }

  async function close(): Promise<void> {
    closed = true;
    while (working.size > 0) await new Promise<void>((resolve) => waiting.unshift(resolve));
    for (const lane of [...idle]) end(lane);
    while (leaving.size > 0) await Promise.all(leaving);
  }

  function moved(): void {
    epoch++;
    [updates, first] = [[], 0];
  }

  function take(next: Seat): void {
    [seat, vectors, stamp] = [next, [], ""];
    moved();
  }

  const opened = await Promise.allSettled(
    Array.from({ length: sessions }, start).map((lane) => say(lane, { feeds: {}, outputs: [] })),
  );
  const failures = opened.flatMap((one) => (one.status === "rejected" ? [one.reason] : []));
  const abouts = opened.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
  const [refused] = abouts.flatMap((said) => ("code" in said ? [said] : []));
  const [about] = abouts.flatMap((said) => ("about" in said ? [said.about] : []));
  if (failures.length > 0 || refused || !about) {
    await close();
    if (refused) throw new RelizoError(refused.code, refused.message);
    throw failures[0] ?? new RelizoError("EVALUATOR", "no session could be opened.");
  }
  return {
    provider: "cpu",
    sessions,
    get inputs() {
      return about.inputs.filter(({ name }) => !seat?.parameters.has(name));
    },
    outputs: about.outputs,
    get parameters() {
      return seat?.parameters ?? Parameters.from({});
    },
    get threads() {
      return [...idle, ...working].flatMap(({ pool }) => pool.threads);
    },
    bind: (parameters) => take({ parameters }),
    seat: take,
    moved,
    updated(update, all) {
      vectors = all;
      updates.push(update);
      if (updates.length <= MOST_UPDATES) return;
      updates.shift();
      first++;
    },
    pass,
    passHere: (feeds, outputs = about.outputs) => again(feeds, outputs),
    run(feeds, outputs = about.outputs) {
      const now = seat?.parameters.arrays.map(jsSeeds.stamp).join() ?? "";
      if (now !== stamp) moved();
      stamp = now;
      return again(feeds, outputs);
    },
    close,
  };
}
