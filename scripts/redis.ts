/**
 * A Redis broker of one's own: found, or installed from Debian's package where root may, started on a free port of this machine alone, with
 * nothing kept, and stopped by its process. `node --import tsx scripts/redis.ts` runs one until ctrl-C.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { type Found, install } from "../test/chromium.ts";
import { answers, guarding } from "./nats.ts";

export interface RedisBroker {
  /** redis://127.0.0.1:PORT, or rediss:// where it has TLS. */
  readonly url: string;
  readonly pid: number;
  /** Ends it with SIGKILL and starts it again on the same port, empty. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** `redis-server`: `RELIZO_REDIS_SERVER`, in the path, or where Debian puts it; installed where it is not there, its service left alone. */
export function redisServer(): Found {
  const named = process.env.RELIZO_REDIS_SERVER;
  if (named !== undefined && named !== "") {
    if (!existsSync(named)) throw new Error(`RELIZO_REDIS_SERVER names "${named}", which is not there.`);
    return { path: named };
  }
  const path = installed();
  if (path !== undefined) return { path };
  const said = install("redis-server");
  const now = installed();
  return now === undefined
    ? { reason: `there is no redis-server, and it could not be installed: ${said}` }
    : { path: now };
}

function installed(): string | undefined {
  return [...(process.env.PATH ?? "").split(delimiter), "/usr/bin", "/usr/local/bin"]
    .map((folder) => join(folder, "redis-server"))
    .find((file) => existsSync(file));
}

/** How long a broker may take until it answers [ms]. */
const LONGEST_START = 30_000;

/**
 * Starts one and waits until it answers.
 *
 * @param extra  further arguments: a password, users, limits
 * @param tls    files in PEM: then it listens with TLS alone
 */
export async function startRedis(
  extra: readonly string[] = [],
  tls?: { readonly cert: string; readonly key: string },
): Promise<RedisBroker> {
  const server = redisServer();
  if (!("path" in server)) throw new Error(server.reason);
  const folder = mkdtempSync(join(tmpdir(), "relizo-redis-"));
  const port = await freePort();
  let child: ChildProcess | undefined;
  let guard: ChildProcess | undefined;
  const end = (): void => {
    guard?.kill("SIGKILL");
    child?.kill("SIGKILL");
    rmSync(folder, { recursive: true, force: true });
  };
  process.on("exit", end);
  const start = async (): Promise<void> => {
    const listen = tls
      ? ["--port", "0", "--tls-port", `${port}`, "--tls-cert-file", tls.cert, "--tls-key-file", tls.key]
      : ["--port", `${port}`];
    const one = spawn(
      server.path,
      [
        ...["--bind", "127.0.0.1", "--dir", folder, "--save", "", "--appendonly", "no"],
        ...[
          ...listen,
          ...(tls ? ["--tls-ca-cert-file", tls.cert, "--tls-auth-clients", "no"] : []),
          ...extra,
        ],
      ],
      { stdio: ["ignore", "pipe", "ignore"] },
    );
    child = one;
    guard = guarding(one.pid ?? 0, folder);
    let said = "";
    one.stdout.setEncoding("utf8").on("data", (text: string) => {
      said = (said + text).slice(-4000);
    });
    for (const late = performance.now() + LONGEST_START; performance.now() < late; await pause(20)) {
      if (one.exitCode !== null) throw new Error(`redis-server ended: ${said.trim()}`);
      if (/Ready to accept connections/.test(said) && (await answers(port))) return;
    }
    throw new Error(`redis-server did not answer within ${LONGEST_START / 1000} s: ${said.trim()}`);
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
    await start();
  } catch (error) {
    end();
    process.off("exit", end);
    throw error;
  }
  return {
    url: `${tls ? "rediss" : "redis"}://127.0.0.1:${port}`,
    get pid() {
      return child?.pid ?? 0;
    },
    async restart() {
      await kill();
      await start();
    },
    async stop() {
      await kill();
      process.off("exit", end);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const broker = await startRedis();
  console.log(broker.url);
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => void broker.stop().then(() => process.exit(0)));
}
