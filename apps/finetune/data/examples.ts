/** Examples to learn from: texts by name, and the class each belongs to. */
import { RelizoError } from "../../../src/index.ts";
import { list, need, show } from "../check.ts";
import { column, type Table } from "./table.ts";

/** What can be split by class: a text, a picture. */
export interface Labelled {
  readonly label: number | undefined;
}

export interface Example extends Labelled {
  /** Texts by the name of their column, as templates ask for them. */
  readonly fields: Readonly<Record<string, string>>;
  /** Number of the class, from 0; undefined where examples have none, as in language modelling. */
  readonly label: number | undefined;
}

export interface Dataset<E extends Labelled = Example> {
  /** Where it came from, for messages. */
  readonly name: string;
  readonly examples: readonly E[];
  /** Names of the classes as the label column has them; none where there are no labels. */
  readonly classes: readonly string[];
}

export interface ExamplesOptions {
  /** The column that names the class. Left out: examples have no class. */
  readonly label?: string;
  /** Columns to keep as texts. Default: all but the label. */
  readonly fields?: readonly string[];
  /** Names of the classes in order. Default: all there are, whole numbers by size, else by name. */
  readonly classes?: readonly string[];
}

/**
 * Examples from a table.
 *
 * @throws RelizoError DATA for a column that is not there, a label outside `classes`, or fewer than two classes
 */
export function readExamples(table: Table, { label, fields, classes }: ExamplesOptions = {}): Dataset {
  const kept = fields ?? table.columns.filter((name) => name !== label);
  need(
    kept.length > 0,
    "OPTION",
    `${table.name}: at least one column of texts is needed beside the label`,
    kept,
  );
  const texts = kept.map((name) => [name, column(table, name)] as const);
  const labels = label === undefined ? undefined : column(table, label);
  const names = labels === undefined ? [] : (classes ?? sortedNames(labels));
  if (labels !== undefined) checkClasses(names, `${table.name}, column ${show(label)}`);
  const numbers = new Map(names.map((name, i) => [name, i]));
  return {
    name: table.name,
    classes: names,
    examples: table.rows.map((_, i) => ({
      fields: Object.fromEntries(texts.map(([name, values]) => [name, values[i]!])),
      label: labels === undefined ? undefined : numberOf(numbers, labels[i]!, table, i),
    })),
  };
}

function checkClasses(names: readonly string[], where: string): void {
  need(names.length >= 2, "DATA", `${where}: at least two classes are needed`, names);
  const twice = names.find((name, i) => names.indexOf(name) !== i);
  need(twice === undefined, "OPTION", `${where}: every class is named once`, twice);
}

function sortedNames(labels: readonly string[]): string[] {
  const names = [...new Set(labels)];
  const whole = names.every((name) => /^-?\d+$/.test(name));
  return names.sort((a, b) => (whole ? Number(a) - Number(b) : a < b ? -1 : 1));
}

function numberOf(numbers: ReadonlyMap<string, number>, label: string, table: Table, row: number): number {
  const number = numbers.get(label);
  if (number !== undefined) return number;
  throw new RelizoError(
    "DATA",
    `${table.name}, line ${table.lines[row]}: the label must be one of ${list([...numbers.keys()])}; found ${show(label)}.`,
  );
}

/** How many examples each class has. */
export function countClasses({ examples, classes }: Dataset<Labelled>): number[] {
  const counts = classes.map(() => 0);
  for (const { label } of examples) if (label !== undefined) counts[label]! += 1;
  return counts;
}

/**
 * Nothing can be learned of a class without examples.
 *
 * @throws RelizoError DATA that names the class
 */
export function refuseEmptyClass(dataset: Dataset<Labelled>): void {
  const empty = countClasses(dataset).indexOf(0);
  if (empty < 0) return;
  throw new RelizoError(
    "DATA",
    `${dataset.name}: the class ${show(dataset.classes[empty])} has no example among ${dataset.examples.length}; give examples of it, or leave it out of the classes.`,
  );
}
