/** One run, served in this thread, by threads, by workers behind a broker and by a browser tab: one journal, byte for byte. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "esbuild";
import { chromium as launcher } from "playwright-core";
import { natsServer, startBroker } from "../../scripts/nats.ts";
import { CHROMIUM_ARGS, chromium } from "../chromium.ts";
import { type Ended, ended } from "../program.ts";

export const title = "The same journal, whoever serves the run";

const POINTS = "test/tab-objective.ts";
const WEIGHTS = "test/faults/programs/weights.ts";
const START = Array.from({ length: 10 }, (_, i) => i / 10).join(",");

interface Found {
  readonly journal: Buffer;
  readonly end: object;
}

export async function run(scale: "short" | "whole"): Promise<void> {
  const server = natsServer();
  const browser = chromium();
  if ("reason" in server) throw new Error(server.reason);
  if ("reason" in browser) throw new Error(browser.reason);
  const folder = mkdtempSync(join(tmpdir(), "relizo-same-"));
  const broker = await startBroker();
  const queries = scale === "short" ? 200 : 4000;
  const methods = scale === "short" ? ["relizo"] : ["relizo", "nelder-mead", "zo-adamm", "fd-lbfgs"];

  /** A run by the program itself; the bytes of its journal, and how it ended. */
  async function minimize(name: string, module: string, ...args: readonly string[]): Promise<Found> {
    const journal = join(folder, `${name}.journal`);
    const own = ["--journal", journal, "--queries", String(queries), "--seed", "6", "--json"];
    const { code, out, err } = await relizo(["minimize", module, ...args, ...own]);
    assert.equal(code, 0, err);
    const {
      message: _,
      reuse: __,
      ...end
    } = JSON.parse(out.trim().split("\n").at(-1)!) as Record<string, unknown>;
    return { journal: readFileSync(journal), end };
  }

  /** Workers until the run of this name is over. */
  const crew = (name: string, module: string, count: number): Promise<Ended[]> =>
    Promise.all(
      Array.from({ length: count }, () =>
        relizo(["worker", "--nats", broker.url, "--run", name, "--objective", module, "--once"]),
      ),
    );

  try {
    for (const method of methods) {
      const own = ["--x0", START, "-m", method];
      const alone = await minimize(`${method}-alone`, POINTS, ...own);
      const threads = await minimize(`${method}-threads`, POINTS, ...own, "--workers", "2");
      assert.deepEqual(threads, alone);
      const workers = crew(`${method}-4`, POINTS, 4);
      const nats = ["--nats", broker.url, "--run"];
      const four = await minimize(`${method}-nats`, POINTS, ...own, ...nats, `${method}-4`);
      assert.deepEqual(four, alone);
      for (const { code, err } of await workers) assert.equal(code, 0, err);
      const tab: Found = await inTab(browser.path, broker.ws, `${method}-tab`, () =>
        minimize(`${method}-tab`, POINTS, ...own, ...nats, `${method}-tab`),
      );
      assert.deepEqual(tab, alone);
      console.log(
        `${method}: this thread, 2 threads, 4 workers behind a broker and a browser tab give one journal of ${alone.journal.length} bytes; ${JSON.stringify(alone.end)}`,
      );
    }
    const set = ["--set", "radius=1e-3"];
    const alone = await minimize("weights-alone", WEIGHTS, ...set);
    const workers = crew("weights", WEIGHTS, 4);
    const four = await minimize("weights-nats", WEIGHTS, ...set, "--nats", broker.url, "--run", "weights");
    assert.deepEqual(four, alone);
    for (const { code, err } of await workers) assert.equal(code, 0, err);
    console.log(
      `20,000 parameters in place: this thread and 4 workers with replicas give one journal of ${alone.journal.length} bytes; ${JSON.stringify(alone.end)}`,
    );
  } finally {
    await broker.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

const relizo = (args: readonly string[]): Promise<Ended> =>
  ended(["--import", "tsx", "cli/relizo.ts", ...args]);

/** Whatever `work` does, with a page of a real browser serving the run. */
async function inTab<T>(
  executablePath: string,
  ws: string,
  name: string,
  work: () => Promise<T>,
): Promise<T> {
  const { outputFiles } = await build({
    stdin: {
      contents: `import { serveTab } from "./src/workers/nats/tab.ts";
        import { objective } from "./test/tab-objective.ts";
        serveTab({ servers: "${ws}", run: "${name}", name: "tab", objective });`,
      resolveDir: process.cwd(),
    },
    bundle: true,
    format: "esm",
    platform: "browser",
    write: false,
  });
  const page = `<!doctype html><script type="module">${outputFiles[0]!.text}</script>`;
  const pages = createServer((_, response) => response.setHeader("content-type", "text/html").end(page));
  await new Promise<void>((resolve) => pages.listen(0, "127.0.0.1", resolve));
  const browser = await launcher.launch({ executablePath, args: [...CHROMIUM_ARGS] });
  try {
    const tab = await browser.newPage();
    await tab.goto(`http://127.0.0.1:${(pages.address() as AddressInfo).port}/`);
    return await work();
  } finally {
    await browser.close();
    pages.close();
  }
}
