/** The report: sections are saved one file each, and the page is built from all that are there. */
import { mkdir, readdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { RelizoError } from "../../src/index.ts";
import { pageHtml } from "./html.ts";
import type { Section } from "./section.ts";

/** Saves a section in `folder`, in place of an earlier one with the same id. */
export async function saveSection(folder: string, section: Section): Promise<void> {
  await mkdir(join(folder, "sections"), { recursive: true });
  await replace(join(folder, "sections", `${fileName(section.id)}.json`), JSON.stringify(section));
}

/**
 * Builds `index.html` from the sections saved in `folder`; resolves to its path. The page needs no other file.
 *
 * @throws RelizoError DATA when a file among the sections is none
 */
export async function writePage(folder: string): Promise<string> {
  const path = join(folder, "index.html");
  await mkdir(folder, { recursive: true });
  await replace(path, await pageHtml(await sectionsIn(join(folder, "sections"))));
  return path;
}

async function sectionsIn(folder: string): Promise<Section[]> {
  const names = await readdir(folder).catch((): string[] => []);
  const files = names.filter((name) => name.endsWith(".json")).sort();
  const sections = await Promise.all(files.map((name) => sectionOf(join(folder, name))));
  return sections.sort((a, b) => a.order - b.order || (a.id < b.id ? -1 : 1));
}

async function sectionOf(path: string): Promise<Section> {
  const section = parsed(await readFile(path, "utf8"));
  if (isSection(section)) return section;
  throw new RelizoError(
    "DATA",
    `writePage: "${path}" is no section of a report; remove it, or measure it again.`,
  );
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isSection(value: unknown): value is Section {
  if (typeof value !== "object" || value === null) return false;
  const { id, order, title, blocks }: Partial<Record<keyof Section, unknown>> = value;
  return (
    typeof id === "string" && typeof order === "number" && typeof title === "string" && Array.isArray(blocks)
  );
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
