/** Which modules are meant. */
import { RelizoError } from "../error.ts";
import { matching, noneError, type Pattern } from "../parameters/select.ts";
import type { Linear } from "./linear.ts";

/**
 * The linear maps whose module a pattern matches: its path, or the end of its path behind a dot.
 *
 * @param why  a further reason against one; "" where there is none
 * @throws RelizoError OPTION for an entry that matches none, and for one that takes in a map that no adapter fits; "**" passes those over
 */
export function chosenTargets(
  all: readonly Linear[],
  targets: Pattern,
  why: (linear: Linear) => string = ({ why }) => why,
): Linear[] {
  const paths = [...new Set(all.map(({ module }) => module))];
  if (paths.length === 0)
    throw new RelizoError(
      "OPTION",
      "addLora: the graph multiplies by no weight outside of branches and loops, so an adapter has no place. Export it without them (of optimum's files take decoder_model.onnx, not decoder_model_merged.onnx), or expose its weights.",
    );
  const chosen = new Set<string>();
  for (const entry of [targets].flat()) {
    const found =
      entry instanceof RegExp ? paths.filter((path) => path.search(entry) >= 0) : byText(paths, entry);
    if (found.length === 0) throw none(paths, entry);
    const fine = all.filter((one) => found.includes(one.module) && why(one) === "");
    const bad = all.find((one) => found.includes(one.module) && why(one) !== "");
    if (bad && (entry !== "**" || fine.length === 0))
      throw new RelizoError(
        "OPTION",
        `addLora: "${bad.module}" (${bad.node.opType}) takes no adapter: ${why(bad)}. Name other targets.`,
      );
    for (const { module } of fine) chosen.add(module);
  }
  return all.filter((one) => chosen.has(one.module) && why(one) === "");
}

function byText(paths: readonly string[], entry: string): string[] {
  const patterns = entry.startsWith("**") ? [entry] : [entry, `**.${entry}`];
  return patterns.flatMap((pattern) => (some(paths, pattern) ? matching("addLora", paths, pattern) : []));
}

function some(paths: readonly string[], pattern: string): boolean {
  try {
    return matching("addLora", paths, pattern).length > 0;
  } catch {
    return false;
  }
}

/** Near names: of modules' last parts for a single word, else of whole paths. */
function none(paths: readonly string[], entry: string | RegExp): RelizoError {
  const words = typeof entry === "string" && !entry.includes(".");
  const names = words ? [...new Set(paths.map((path) => path.split(".").at(-1) ?? path))] : paths;
  return noneError("addLora", names, entry);
}
