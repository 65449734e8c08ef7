/** Where real data lies: the applications ask here, and where a file is missing the error says where it can be had. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { RelizoError } from "../../src/index.ts";
import { SOURCES } from "./sources.ts";

export interface DataPlace {
  /** The folder the user named with `--data`; it is then the only one looked in. */
  readonly data?: string | undefined;
}

/** Where data is looked for when nobody names a folder, relative to the working directory. */
const USUAL: readonly string[] = ["data", "../shared/data"];

/**
 * The path of a data file: in the folder named, else in the one `RELIZO_DATA` names, else in `./data` or `../shared/data`.
 *
 * @param relativePath  below the data folder, with forward slashes: "vision/cifar10-resnet20.onnx"
 * @returns an absolute path of a file that exists
 * @throws RelizoError DATA where there is none; the message names the file, its source and where to put it
 */
export function findData(relativePath: string, { data }: DataPlace = {}): string {
  const folders = foldersFor(data);
  const found = folders.map((folder) => resolve(join(folder, relativePath))).find((path) => existsSync(path));
  if (found !== undefined) return found;
  throw new RelizoError("DATA", missing(relativePath, folders));
}

/**
 * The paths of several data files, in their order.
 *
 * @throws RelizoError DATA that says of every missing one what {@link findData} says, so that they can be had in one go
 */
export function findAll(relativePaths: readonly string[], place: DataPlace = {}): readonly string[] {
  const paths: string[] = [];
  const lacking: string[] = [];
  for (const relativePath of relativePaths)
    try {
      paths.push(findData(relativePath, place));
    } catch (error) {
      if (!(error instanceof RelizoError)) throw error;
      lacking.push(error.message);
    }
  if (lacking.length > 0) throw new RelizoError("DATA", lacking.join("\n\n"));
  return paths;
}

/** A folder that was named must be the one: a wrong name must not lead to other data in silence. */
function foldersFor(data: string | undefined): readonly string[] {
  const named = data ?? process.env.RELIZO_DATA;
  return named === undefined || named === "" ? USUAL : [named];
}

const describe = (folder: string): string =>
  `"${resolve(folder)}"${existsSync(folder) ? "" : " (which is not there)"}`;

function missing(relativePath: string, folders: readonly string[]): string {
  const source = SOURCES[relativePath];
  return [
    `"${relativePath}" is missing; looked in ${folders.map(describe).join(" and ")}.`,
    ...(source === undefined ? [] : [`Where to get it: ${source}`]),
    `Where to put it: "${join(resolve(folders[0] ?? "data"), relativePath)}", or below another folder named with --data DIR or RELIZO_DATA.`,
  ].join("\n");
}
