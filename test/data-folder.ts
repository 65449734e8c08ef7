import { existsSync } from "node:fs";
import { resolve } from "node:path";

/**
 * The folder with the real data, for tests that need it: `RELIZO_DATA`, else `./data`, else `../shared/data`, relative to
 * the working directory. Undefined where there is none; such a test is then skipped, with that reason.
 *
 * @throws Error when `RELIZO_DATA` names a folder that is not there: a wrong name must not turn into a skip
 */
export function dataFolder(): string | undefined {
  const named = process.env.RELIZO_DATA;
  if (named !== undefined && named !== "") {
    if (!existsSync(named)) throw new Error(`RELIZO_DATA names "${named}", which is not there.`);
    return resolve(named);
  }
  return ["data", "../shared/data"].map((folder) => resolve(folder)).find((folder) => existsSync(folder));
}
