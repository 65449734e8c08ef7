/** A real browser for tests, found or installed. */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";

export type Found = { readonly path: string } | { readonly reason: string };

const APT = "/usr/bin/apt-get";
/** Test files run side by side, and apt-get gives up where another one is at work. */
const LOCK = join(tmpdir(), "relizo-apt.lock");

/** Flags under which Chromium runs as root, without a screen, and leaves the network alone. */
export const CHROMIUM_ARGS: readonly string[] = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];

/**
 * Chromium's path: `RELIZO_CHROMIUM`, or where distributions put it. Where there is none, root on a Debian system gets it
 * from Debian's own packages; anyone else gets the reason why a test is skipped.
 *
 * @throws Error when `RELIZO_CHROMIUM` names a file that is not there: a wrong name must not turn into a skip
 */
export function chromium(): Found {
  const named = process.env.RELIZO_CHROMIUM;
  if (named !== undefined && named !== "") {
    if (!existsSync(named)) throw new Error(`RELIZO_CHROMIUM names "${named}", which is not there.`);
    return { path: named };
  }
  const path = installed();
  if (path !== undefined) return { path };
  const said = install("chromium");
  const now = installed();
  return now === undefined
    ? { reason: `there is no Chromium, and it could not be installed: ${said}; see RELIZO_CHROMIUM` }
    : { path: now };
}

function installed(): string | undefined {
  const folders = ["/usr/bin", ...(process.env.PATH ?? "").split(delimiter)];
  const names = ["chromium", "chromium-browser", "google-chrome"];
  return names
    .flatMap((name) => folders.map((folder) => join(folder, name)))
    .find((file) => existsSync(file));
}

/** Installs packages of Debian's, one process after another; returns the last line said. */
export function install(...packages: readonly string[]): string {
  if (process.getuid?.() !== 0 || !existsSync(APT)) return "only root on Debian can";
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
  let last = "";
  for (const args of [["update"], ["install", "-y", "--no-install-recommends", ...packages]]) {
    const { stdout, stderr, error } = spawnSync("flock", [LOCK, APT, ...args], {
      env,
      encoding: "utf8",
      timeout: 300_000,
    });
    last = `${stdout ?? ""}${stderr ?? ""}${error?.message ?? ""}`.trim().split("\n").at(-1) ?? "";
  }
  return last;
}
