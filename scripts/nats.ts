/**
 * A NATS broker of one's own: found, or installed from Debian's package where root may, started on free ports of this machine alone with
 * JetStream in a folder of its own, and stopped with the folder removed. `node --import tsx scripts/nats.ts` runs one until ctrl-C.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type Found, install } from "../test/chromium.ts";

export interface Broker {
  /** nats://127.0.0.1:PORT */
  readonly url: string;
  /** ws://127.0.0.1:PORT */
  readonly ws: string;
  readonly pid: number;
  /** Ends it with SIGKILL, starts it again on the same ports with what it had stored. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** `nats-server`: `RELIZO_NATS_SERVER`, in the path, or where Debian puts it; installed where it is not there. */
export function natsServer(): Found {
  const named = process.env.RELIZO_NATS_SERVER;
  if (named !== undefined && named !== "") {
    if (!existsSync(named)) throw new Error(`RELIZO_NATS_SERVER names "${named}", which is not there.`);
    return { path: named };
  }
  const path = installed();
  if (path !== undefined) return { path };
  const said = install("nats-server");
  const now = installed();
  return now === undefined
    ? { reason: `there is no nats-server, and it could not be installed: ${said}` }
    : { path: now };
}

function installed(): string | undefined {
  return [...(process.env.PATH ?? "").split(delimiter), "/usr/sbin", "/usr/local/bin"]
    .map((folder) => join(folder, "nats-server"))
    .find((file) => existsSync(file));
}

/** How long a broker may take until it answers [ms]. */
const LONGEST_START = 30_000;

/**
 * Starts one and waits until it answers.
 *
 * @param extra  lines for its configuration: users, TLS, limits, a cluster; {folder} becomes its folder
 */
export async function startBroker(extra = ""): Promise<Broker> {
  const server = natsServer();
  if (!("path" in server)) throw new Error(server.reason);
  const folder = mkdtempSync(join(tmpdir(), "relizo-nats-"));
  let child: ChildProcess | undefined;
  let guard: ChildProcess | undefined;
  const end = (): void => {
    guard?.kill("SIGKILL");
    child?.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  };
  process.on("exit", end);
  const start = async (port: number, ws: number): Promise<{ port: number; ws: number }> => {
    writeFileSync(join(folder, "nats.conf"), config(folder, port, ws, extra));
    for (const name of portsFiles(folder)) rmSync(join(folder, name));
    const one = spawn(server.path, ["-c", join(folder, "nats.conf")], {
      stdio: ["ignore", "ignore", "pipe"],
    });
    child = one;
    guard = guarding(one.pid ?? 0, folder);
    let said = "";
    one.stderr.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(-4000);
    });
    for (const late = performance.now() + LONGEST_START; performance.now() < late; await pause(20)) {
      if (one.exitCode !== null) throw new Error(`nats-server ended: ${said.trim()}`);
      const ports = portsIn(folder);
      if (ports && (await answers(ports.port)) && (await answers(ports.ws))) return ports;
    }
    throw new Error(`nats-server did not answer within ${LONGEST_START / 1000} s: ${said.trim()}`);
  };
  const kill = async (): Promise<void> => {
    const one = child;
    if (!one || one.exitCode !== null || one.signalCode !== null) return;
    const gone = new Promise((resolve) => one.once("exit", resolve));
    guard?.kill("SIGKILL");
    one.kill("SIGKILL");
    await gone;
  };
  try {
    const { port, ws } = await start(-1, -1);
    return {
      url: `nats://127.0.0.1:${port}`,
      ws: `ws://127.0.0.1:${ws}`,
      get pid() {
        return child?.pid ?? 0;
      },
      async restart() {
        await kill();
        await start(port, ws);
      },
      async stop() {
        await kill();
        process.off("exit", end);
        rmSync(folder, { recursive: true, force: true });
      },
    };
  } catch (error) {
    end();
    process.off("exit", end);
    throw error;
  }
}

/** Ends the broker and removes its folder where this process dies without doing so: a test that ran out of time. */
export function guarding(pid: number, folder: string): ChildProcess {
  const script = 'cat > /dev/null; kill -9 "$0"; rm -rf "$1"';
  const guard = spawn("sh", ["-c", script, String(pid), folder], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  guard.unref();
  guard.stdin?.on("error", () => {});
  if (guard.stdin && "unref" in guard.stdin) (guard.stdin as Socket).unref();
  return guard;
}

function config(folder: string, port: number, ws: number, extra: string): string {
  return `
listen: "127.0.0.1:${port}"
ports_file_dir: "${folder}"
jetstream { store_dir: "${folder}/jetstream", max_memory_store: 256MB, max_file_store: 1GB }
websocket { listen: "127.0.0.1:${ws}", no_tls: true }
logtime: false
${extra.replaceAll("{folder}", folder)}
`;
}

function portsFiles(folder: string): string[] {
  return readdirSync(folder).filter((name) => name.endsWith(".ports"));
}

/** The ports it says it has; undefined while it has not said so. */
function portsIn(folder: string): { port: number; ws: number } | undefined {
  const [name] = portsFiles(folder);
  if (name === undefined) return undefined;
  try {
    const said = JSON.parse(readFileSync(join(folder, name), "utf8")) as Record<string, string[] | undefined>;
    const [port, ws] = [said.nats, said.websocket].map((urls) => Number(new URL(urls?.[0] ?? "").port));
    return port && ws ? { port, ws } : undefined;
  } catch {
    return undefined; // half written
  }
}

export function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ port, host: "127.0.0.1" });
    const end = (yes: boolean): void => {
      socket.destroy();
      resolve(yes);
    };
    socket.once("connect", () => end(true)).once("error", () => end(false));
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const broker = await startBroker();
  console.log(`${broker.url}\n${broker.ws}`);
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => void broker.stop().then(() => process.exit(0)));
}
