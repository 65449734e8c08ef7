/** A model's config.json: values are read by name, with what is to be there said where they are not. */
import { RelizoError } from "../../error.ts";
import { show } from "../../option.ts";

export class Config {
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #where: string;

  constructor(values: Readonly<Record<string, unknown>>, where = "config.json: ") {
    this.#values = values;
    this.#where = where;
  }

  /** Whether the key says something: null says nothing. */
  has(key: string): boolean {
    return this.#values[key] !== undefined && this.#values[key] !== null;
  }

  /** A size or a count: a whole number of at least `least`. Without a fallback it must be there. */
  whole(key: string, fallback?: number, least = 1): number {
    const fine = (value: unknown): value is number => Number.isSafeInteger(value) && Number(value) >= least;
    return this.#read(key, fallback, `a whole number >= ${least}`, fine);
  }

  /** A positive number. */
  number(key: string, fallback?: number): number {
    const fine = (value: unknown): value is number =>
      typeof value === "number" && Number.isFinite(value) && value > 0;
    return this.#read(key, fallback, "a number > 0", fine);
  }

  flag(key: string, fallback: boolean): boolean {
    return this.#read(key, fallback, "true or false", (value) => typeof value === "boolean");
  }

  text(key: string, fallback?: string): string {
    return this.#read(key, fallback, "a text", (value) => typeof value === "string");
  }

  texts(key: string): readonly string[] {
    const fine = (value: unknown): value is readonly string[] =>
      Array.isArray(value) && value.every((one) => typeof one === "string");
    return this.#read(key, [], "a list of texts", fine);
  }

  /** What stands in braces under a key; undefined where nothing does. */
  part(key: string): Config | undefined {
    if (!this.has(key)) return undefined;
    const fine = (value: unknown): value is Readonly<Record<string, unknown>> =>
      typeof value === "object" && !Array.isArray(value);
    return new Config(this.#read(key, undefined, "an object", fine), `${this.#where}${key}.`);
  }

  /** Entries of what stands in braces under a key. */
  count(key: string): number | undefined {
    const value = this.#values[key];
    return typeof value === "object" && value !== null ? Object.keys(value).length : undefined;
  }

  /** Refuses, by name, every value but this one, which is what a key that is left out means. */
  only(key: string, value: unknown): void {
    const found = this.#values[key];
    if (!this.has(key) || found === value) return;
    throw this.refusal(key, `${show(value)} is what can be built; export this model with optimum instead`);
  }

  /** @returns the error to throw for a value that may be right and is not known here */
  refusal(key: string, supported: string): RelizoError {
    return new RelizoError(
      "DATA",
      `fromHuggingFace: ${this.#where}${key} is ${show(this.#values[key])}; ${supported}.`,
    );
  }

  #read<T>(key: string, fallback: T | undefined, range: string, fine: (value: unknown) => value is T): T {
    const value = this.has(key) ? this.#values[key] : fallback;
    if (fine(value)) return value;
    const got = this.has(key) ? `got ${show(value)}` : "it is not there";
    throw new RelizoError("DATA", `fromHuggingFace: ${this.#where}${key} must be ${range}, ${got}.`);
  }
}
