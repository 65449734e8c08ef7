/** A page on loopback: a bundle, files beside it, and the browser that opens it. */
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { build } from "esbuild";
import { type Browser, chromium as launcher, type Page } from "playwright-core";
import { CHROMIUM_ARGS } from "../chromium.ts";

/** Without the first there is no adapter, without the second one that is drawn by chance. */
const WEBGPU_ARGS = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"];
const TYPES: Readonly<Record<string, string>> = {
  html: "text/html",
  js: "text/javascript",
  mjs: "text/javascript",
  wasm: "application/wasm",
};

export interface Site {
  readonly url: string;
  /** A page whose script has run; what it reports as an error ends up in `errors`. */
  open(): Promise<Page>;
  readonly errors: readonly string[];
  close(): Promise<void>;
}

/**
 * @param entry    the page's script
 * @param html     the page; it loads /page.js
 * @param folders  what lies under which path
 * @param alias    what names in imports mean
 */
export async function site(
  executablePath: string,
  entry: string,
  html: string,
  folders: Readonly<Record<string, string>>,
  alias: Readonly<Record<string, string>> = {},
): Promise<Site> {
  const { outputFiles } = await build({
    entryPoints: [entry],
    bundle: true,
    minify: true,
    format: "esm",
    platform: "browser",
    write: false,
    alias: { ...alias },
  });
  const answer = async (path: string): Promise<string | Uint8Array | undefined> => {
    if (path === "/index.html") return html;
    if (path === "/page.js") return outputFiles[0]!.contents;
    const [, folder = "", name = ""] = path.split("/");
    const lies = folders[folder];
    return lies === undefined ? undefined : await readFile(join(lies, name)).catch(() => undefined);
  };
  const server = createServer(async ({ url = "/" }, response) => {
    const path = url === "/" ? "/index.html" : url;
    const content = await answer(path);
    const type = TYPES[path.split(".").at(-1) ?? ""] ?? "application/octet-stream";
    response.writeHead(content === undefined ? 404 : 200, { "content-type": type }).end(content);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const browser: Browser = await launcher.launch({
    executablePath,
    args: [...CHROMIUM_ARGS, ...WEBGPU_ARGS],
  });
  const context = await browser.newContext({ acceptDownloads: true });
  const errors: string[] = [];
  return {
    url,
    errors,
    async open() {
      const page = await context.newPage();
      page.on("pageerror", ({ message }) => errors.push(message));
      await page.goto(url);
      await page.waitForLoadState("load");
      return page;
    },
    async close() {
      await browser.close();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
