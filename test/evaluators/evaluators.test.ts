/** The suite over all who answer queries; whoever is added, is added here. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { after } from "node:test";
import { command } from "../../src/workers/command.ts";
import { type EndpointOptions, endpoint } from "../../src/workers/endpoint.ts";
import { patientFetch } from "../../src/workers/patient-fetch.ts";
import { threads } from "../../src/workers/threads.ts";
import { type Bench, contract, inlineContract, living } from "./contract.ts";
import { natsBench, stopBroker } from "./nats-bench.ts";
import { FOLDER } from "./objective.ts";
import { redisBench, stopRedis } from "./redis-bench.ts";
import { serve } from "./server.ts";

const here = import.meta.dirname;
const python = spawnSync("python3", ["--version"]).status === 0 ? {} : { skip: "there is no python3" };
const quiet = (): void => {};

function program(line: string, mode: "lines" | "files", processes: number, underWay: number, folder: string) {
  const evaluator = command({
    command: line,
    mode,
    processes,
    underWay,
    env: { [FOLDER]: folder },
    log: quiet,
  });
  return { evaluator, left: () => living(join(folder, "pids")) };
}

function service(name: string, fetch: EndpointOptions["fetch"]): Bench {
  return {
    name,
    async open(folder, room) {
      const service = await serve();
      return {
        evaluator: endpoint({ url: service.url, requests: room, fetch }),
        left: () => (service.open() === 0 ? [] : [`${service.open()} requests`]),
        async end() {
          await service.close();
          for (const id of living(join(folder, "pids")))
            if (id !== String(process.pid)) process.kill(Number(id));
        },
      };
    },
  };
}

const BENCHES: readonly Bench[] = [
  {
    name: "threads",
    open(_, room) {
      const before = running;
      return {
        evaluator: threads({ module: join(here, "objective.ts"), threads: room }),
        left: () => (running === before ? [] : [`${running - before} threads`]),
      };
    },
  },
  {
    name: "lines, one program each",
    open: (folder, room) =>
      program(`node --import tsx '${join(here, "program.ts")}'`, "lines", room, 1, folder),
  },
  {
    name: "lines, one program of Python's for all",
    ...python,
    open: (folder, room) =>
      program(`python3 '${join(here, "objective.py")}' lines`, "lines", 1, room, folder),
  },
  {
    name: "files",
    many: 24,
    ...python,
    open: (folder, room) =>
      program(`python3 -S '${join(here, "objective.py")}' file {x}`, "files", room, 1, folder),
  },
  service("endpoint", globalThis.fetch),
  service("endpoint, patiently", patientFetch),
  natsBench,
  redisBench,
];

/** Threads of this process that have not ended. */
let running = 0;
process.on("worker", (worker) => {
  running++;
  worker.on("exit", () => running--);
});

after(stopBroker);
after(stopRedis);
inlineContract();
for (const bench of BENCHES) contract(bench);
