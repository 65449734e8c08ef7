import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { pathToFileURL } from "node:url";
import { type Browser, chromium as launcher, type Page } from "playwright-core";
import { CHROMIUM_ARGS, chromium } from "../../test/chromium.ts";
import { saveSection, writePage } from "./page.ts";
import type { Section } from "./section.ts";

const x = Array.from({ length: 51 }, (_, i) => 10 * i);
const curve = (scale: number) => x.map((step) => scale * Math.exp(-step / 100));

const section: Section = {
  id: "curves",
  order: 1,
  title: "Curves & tables",
  blocks: [
    { kind: "prose", text: ["A < B"] },
    {
      kind: "table",
      caption: "A wide table",
      head: ["problem", ...Array.from({ length: 12 }, (_, i) => `method ${i}`)],
      rows: [
        [
          "first",
          ...Array.from({ length: 12 }, () => ({ text: "1.000", mark: "good", note: "paper 2" }) as const),
        ],
      ],
    },
    ...[true, false].map((logY) => {
      const curves = [
        { label: "spread", mid: curve(10), low: curve(5), high: curve(20) },
        { label: "gaps", mid: curve(3).map((value, i) => (i % 3 === 0 ? null : i % 3 === 1 ? value : 0)) },
      ];
      return { kind: "chart", caption: "f", xLabel: "iterations", yLabel: "f", logY, x, curves } as const;
    }),
  ],
};

const folder = mkdtempSync(join(tmpdir(), "relizo-page-"));
const found = chromium();
const skip = "reason" in found ? found.reason : false;
let browser: Browser | undefined;
let file = "";

before(async () => {
  await saveSection(folder, { id: "late", order: 9, title: "Last", blocks: [] });
  await saveSection(folder, section);
  file = await writePage(folder);
  if ("path" in found)
    browser = await launcher.launch({ executablePath: found.path, args: [...CHROMIUM_ARGS] });
});

after(async () => {
  await browser?.close();
  rmSync(folder, { recursive: true, force: true });
});

/** The page opened, and all it complained about or asked for. */
async function opened(
  width: number,
  colorScheme: "light" | "dark",
  html = file,
): Promise<{ page: Page; trouble: string[] }> {
  const page = await browser!.newPage({ viewport: { width, height: 800 }, colorScheme });
  const trouble: string[] = [];
  page.on("console", (message) => trouble.push(`${message.type()}: ${message.text()}`));
  page.on("pageerror", (error) => trouble.push(String(error)));
  page.on("request", (request) => {
    if (!/^(file|data):/.test(request.url())) trouble.push(`asked for ${request.url()}`);
  });
  await page.goto(pathToFileURL(html).href, { waitUntil: "load" });
  return { page, trouble };
}

/** Colours of each canvas that are not transparent. */
const COLOURS = `[...document.querySelectorAll("canvas")].map((canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  const colours = new Set();
  for (let i = 0; i < data.length; i += 4) if (data[i + 3] > 200) colours.add(data[i] + "," + data[i + 1] + "," + data[i + 2]);
  return colours.size;
})`;

/** The colour and the piece of line that the legend shows for each curve, and how far right each picture reaches. */
const TELLING = `(() => {
  const samples = [...document.querySelectorAll(".u-legend .u-series:not(:first-child) .u-marker")].map((one) => one.style.background);
  const edges = [...document.querySelectorAll("img")].map((one) => one.getBoundingClientRect().right);
  return [samples.map((sample) => /rgb[^)]*[)]/.exec(sample)[0]), samples.map((sample) => sample.replace(/rgb[^)]*[)]/g, "")), edges];
})()`;

for (const scheme of ["light", "dark"] as const)
  for (const width of [1200, 400])
    test(`the page draws its charts, ${scheme}, ${width} px wide, and nothing leaves it`, {
      skip,
    }, async () => {
      const { page, trouble } = await opened(width, scheme);
      const colours = await page.evaluate<number[]>(COLOURS);
      assert.equal(colours.length, 2);
      assert.ok(
        colours.every((count) => count > 10),
        `blank canvases: ${colours}`,
      );
      assert.equal(await page.evaluate("document.documentElement.scrollWidth"), width, "the page overflows");
      assert.equal(await page.textContent("h2"), "Curves & tables");
      assert.deepEqual(trouble, []);
      await page.close();
    });

const TEN = Array.from({ length: 10 }, (_, i) => `method ${i}`);
const GRAY =
  "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR4nGNoAAAAggCBd81ytgAAAABJRU5ErkJggg==";

test("ten curves are told apart, in the legend too, and of ten pictures in a row none lies outside", {
  skip,
}, async () => {
  const own = mkdtempSync(join(tmpdir(), "relizo-ten-"));
  const curves = TEN.map((label, i) => ({ label, mid: curve(1 + i) }));
  const row = TEN.map(() => ({ source: GRAY, text: "0 %, l2 0.00" }));
  await saveSection(own, {
    id: "ten",
    order: 1,
    title: "Ten",
    blocks: [
      { kind: "chart", caption: "f", xLabel: "queries", yLabel: "f", logY: true, x, curves },
      { kind: "pictures", caption: "perturbations", head: TEN, rows: [row] },
    ],
  });
  const html = await writePage(own);
  for (const scheme of ["light", "dark"] as const)
    for (const width of [1200, 400]) {
      const { page, trouble } = await opened(width, scheme, html);
      const [colours, samples, edges] = await page.evaluate<[string[], string[], number[]]>(TELLING);
      assert.deepEqual([new Set(colours).size, new Set(samples).size, edges.length], [10, 10, 10]);
      assert.ok(
        edges.every((edge) => edge > 0 && edge < width),
        `right edges of the pictures: ${edges}`,
      );
      assert.deepEqual(trouble, []);
      await page.close();
    }
  rmSync(own, { recursive: true });
});

test("charts follow the window's width and the colour scheme", { skip }, async () => {
  const { page, trouble } = await opened(1200, "light");
  const ink = () => page.evaluate<string>("document.querySelector('canvas').toDataURL()");
  const day = await ink();
  await page.emulateMedia({ colorScheme: "dark" });
  await page.waitForTimeout(100);
  assert.notEqual(await ink(), day);
  await page.setViewportSize({ width: 400, height: 800 });
  await page.waitForTimeout(300);
  assert.equal(await page.evaluate("document.documentElement.scrollWidth"), 400);
  assert.ok((await page.evaluate<number>("document.querySelector('.uplot').clientWidth")) < 400);
  assert.deepEqual(trouble, []);
  await page.close();
});

test("a section saved again takes the earlier one's place, and no draft is left behind", async () => {
  await saveSection(folder, section);
  assert.deepEqual(readdirSync(join(folder, "sections")).sort(), ["curves.json", "late.json"]);
  assert.deepEqual(readdirSync(folder).sort(), ["index.html", "sections"]);
});

test("a file that is no section is named", async () => {
  const file = join(folder, "sections", "broken.json");
  for (const text of ["{", "null", '{"id":"a"}']) {
    writeFileSync(file, text);
    await assert.rejects(writePage(folder), {
      code: "DATA",
      message: /broken.json" is no section.*remove it/,
    });
  }
  rmSync(file);
});
