/** The method of `relizo minimize`: the one that is named, or the one that the journal had. */
import type { Method, MethodName } from "../../src/index.ts";
import type { JournalHeader } from "../../src/journal/index.ts";
import { make } from "../run-one.ts";
import { methodNamed, parseSettings } from "../settings.ts";

export interface MethodChoice {
  readonly method?: string;
  readonly set?: readonly string[];
  readonly seed?: number;
}

export interface Chosen {
  readonly name: MethodName;
  readonly method: Method;
  /** Those that are not the defaults. */
  readonly settings: Readonly<Record<string, unknown>>;
  readonly seed: number;
}

/** Queries of the first round in so many dimensions: with fewer a run would end before it began. */
export function firstRound({ method, seed }: Chosen, dimension: number): number {
  return method.ask(method.init(new Float64Array(dimension), seed)).length;
}

export function chosen({ method, set = [], seed }: MethodChoice, header: JournalHeader | undefined): Chosen {
  const name = methodNamed(method ?? header?.method ?? "relizo");
  const known = method === undefined && set.length === 0 ? header?.settings : undefined;
  const settings = known ?? parseSettings(name, set);
  return { name, method: make(name, settings), settings, seed: seed ?? header?.seed ?? 0 };
}
