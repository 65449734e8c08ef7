/** What the modules of an export are called in the class that others load. */
import { RelizoError } from "../../../src/index.ts";
import { list, need } from "../check.ts";
import { classOf, type Kind, type ModelConfig } from "./classes.ts";
import { align, isPaths, type Paths, renamed } from "./paths.ts";

export interface NameOptions {
  /** The base model's config.json: of LLaMA, Mistral, Qwen, BERT, RoBERTa, OPT and GPT-2 it tells the class's own paths. */
  readonly config?: ModelConfig;
  /** Paths that are called otherwise than in the export; what is said here goes before what the configuration tells. */
  readonly paths?: Paths;
}

/**
 * The names of an export's modules in a class. Without a configuration of a known model_type, and without `paths`, they are the
 * export's own.
 *
 * @param own  all modules of a kind, so that those that fit better elsewhere are known
 * @returns the name of one of them; it throws RelizoError OPTION for one that the class has not, or cannot be told from another
 */
export function theirNames(
  where: string,
  kind: Kind,
  own: readonly string[],
  { config, paths }: NameOptions,
): (module: string) => string {
  need(
    paths === undefined || isPaths(paths),
    "OPTION",
    `${where}: paths must be a prefix, or a list of pairs`,
    paths,
  );
  const said = new Map(
    own.flatMap((path) => {
      const name = paths === undefined ? undefined : renamed(path, paths);
      return name === undefined ? [] : [[path, name] as const];
    }),
  );
  const known = classOf(config);
  if (!known) return (path) => said.get(path) ?? path;
  const free = known.modules[kind].filter((name) => ![...said.values()].includes(name));
  const found = align(
    own.filter((path) => !said.has(path)),
    free,
  );
  return (path) => {
    const name = said.get(path) ?? found.get(path);
    if (name !== undefined) return name;
    const places = free.filter((one) => ![...found.values()].includes(one));
    throw new RelizoError(
      "OPTION",
      `${where}: it is not clear what "${path}" is called in Hugging Face's ${known.modelType}, which has ${list(places.length > 0 ? places : free, 4)}; say it with paths: [["${path}", "..."]].`,
    );
  };
}
