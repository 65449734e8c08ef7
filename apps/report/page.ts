/** The report: sections are saved one file each, and the page is built from all that are there. */
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pageHtml } from "./html.ts";
import type { Section } from "./section.ts";

/** Saves a section in `folder`, in place of an earlier one with the same id. */
export async function saveSection(folder: string, section: Section): Promise<void> {
  await mkdir(join(folder, "sections"), { recursive: true });
  await replace(join(folder, "sections", `${fileName(section.id)}.json`), JSON.stringify(section));
}

/** Builds `index.html` from the sections saved in `folder`; resolves to its path. The page needs no other file. */
export async function writePage(folder: string): Promise<string> {
  const path = join(folder, "index.html");
  await mkdir(folder, { recursive: true });
  await replace(path, await pageHtml(await sectionsIn(join(folder, "sections"))));
  return path;
}

async function sectionsIn(folder: string): Promise<Section[]> {
  const names = await readdir(folder).catch((): string[] => []);
  const texts = names
    .filter((name) => name.endsWith(".json"))
    .sort()
    .map((name) => readFile(join(folder, name), "utf8"));
  const sections = (await Promise.all(texts)).map((text): Section => JSON.parse(text));
  return sections.sort((a, b) => a.order - b.order || (a.id < b.id ? -1 : 1));
}

/** Whole or not at all, even where two programs write. */
async function replace(path: string, text: string): Promise<void> {
  const draft = `${path}.${process.pid}.tmp`;
  await writeFile(draft, text);
  await rename(draft, path);
}

/** The id as a file name that cannot leave its folder. */
function fileName(id: string): string {
  return id.replaceAll(/[^A-Za-z0-9_-]+/g, "-");
}
