/** What a thread runs: `scripts/threads.ts` makes one self-contained script of this, `script.ts`, as text. */
import { loadRanges } from "../wasm/index.ts";
import { awaitClaim, fail } from "./board.ts";
import { give } from "./given.ts";
import { type Job, type Setup, serve } from "./job.ts";
import { createWorkman, type Workman } from "./strips.ts";

const parent = globalThis.process?.getBuiltinModule?.("node:worker_threads").parentPort;
let workman: Workman | undefined;

if (parent) parent.on("message", hear);
else globalThis.onmessage = ({ data }) => hear(data);

function hear(message: Setup | Job): void {
  if ("binary" in message)
    prepare(message).then(
      () => say(""),
      (error: unknown) => say(String(error)),
    );
  else if (workman) help(workman, message);
}

/** Empty once the thread is ready, else why it cannot be. */
function say(text: string): void {
  (parent ?? globalThis).postMessage(text);
}

async function prepare({ binary, table }: Setup): Promise<void> {
  give(binary, table);
  workman = createWorkman(await loadRanges());
}

/** Does strips of a call until there are no more. */
function help(hands: Workman, job: Job): void {
  try {
    for (let slot = awaitClaim(job.board); slot !== undefined; slot = awaitClaim(job.board))
      serve(hands, job, slot);
  } catch (error) {
    fail(job.board, String(error));
  }
}
