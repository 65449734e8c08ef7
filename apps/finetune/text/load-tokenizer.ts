/** Tokenizers from files, in whichever form a model comes with. */
import { existsSync, statSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { RelizoError } from "../../../src/index.ts";
import { list } from "../check.ts";
import { bytesOf, textOf } from "../file.ts";
import { byteBpeJson } from "./byte-bpe.ts";
import { llama2cJson } from "./llama2c.ts";
import { createTokenizer, type Json, type Tokenizer } from "./tokenizer.ts";
import { type WordPieceOptions, wordPieceJson } from "./wordpiece.ts";

/** File names a folder is searched for, in this order. */
const KNOWN = ["tokenizer.json", "vocab.txt", "tokenizer.bin", "vocab.json"];

/**
 * The tokenizer of a file or a model's folder: `tokenizer.json`, BERT's `vocab.txt`, llama2.c's `tokenizer.bin`, or `vocab.json` with
 * `merges.txt` beside it (GPT-2, OPT, RoBERTa); `tokenizer_config.json` is heeded where it lies beside.
 *
 * @param options  how a `vocab.txt` splits; `do_lower_case` and `strip_accents` of `tokenizer_config.json` stand in for what is left out
 * @throws RelizoError DATA for what is missing, cannot be read or is no tokenizer
 */
export function loadTokenizer(path: string, options: WordPieceOptions = {}): Tokenizer {
  const file = locate(path);
  const beside = join(dirname(file), "tokenizer_config.json");
  const config = existsSync(beside) ? parse(beside) : {};
  if (file.endsWith(".bin")) return createTokenizer(llama2cJson(bytesOf(file), file), config, file);
  if (file.endsWith(".txt"))
    return createTokenizer(wordPieceJson(textOf(file), fill(options, config), file), config, file);
  if (basename(file) === "vocab.json") {
    const merges = textOf(join(dirname(file), "merges.txt"));
    return createTokenizer(byteBpeJson(parse(file), merges, config, file), config, file);
  }
  return createTokenizer(parse(file), config, file);
}

function locate(path: string): string {
  const found = statSync(path, { throwIfNoEntry: false });
  if (!found)
    throw new RelizoError("DATA", `"${path}" is not there; a tokenizer file or a model's folder is needed.`);
  if (!found.isDirectory()) {
    if (/\.(json|txt|bin)$/.test(path)) return path;
    throw new RelizoError(
      "DATA",
      `"${basename(path)}" is none of the tokenizer files ${list(KNOWN)}, by its ending.`,
    );
  }
  const name = KNOWN.find((known) => existsSync(join(path, known)));
  if (name === undefined)
    throw new RelizoError("DATA", `"${path}" holds none of the tokenizer files ${list(KNOWN)}.`);
  return join(path, name);
}

function fill(options: WordPieceOptions, config: Json): WordPieceOptions {
  const { do_lower_case: lower, strip_accents: strip } = config;
  return {
    ...(typeof lower === "boolean" && { lowercase: lower }),
    ...(typeof strip === "boolean" && { stripAccents: strip }),
    ...options,
  };
}

function parse(path: string): Json {
  let value: unknown;
  try {
    value = JSON.parse(textOf(path));
  } catch (cause) {
    if (cause instanceof RelizoError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new RelizoError("DATA", `"${path}" is not JSON: ${why}.`, { cause });
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new RelizoError("DATA", `"${path}" must hold a JSON object.`);
  return { ...value };
}
