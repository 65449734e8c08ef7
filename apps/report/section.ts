/** A report is made of sections, each plain data: whoever measured something writes its section, the page is built from all. */

export interface Section {
  /** File name of the section and anchor on the page: "paper", "attack". */
  readonly id: string;
  /** Sections are shown in rising order. */
  readonly order: number;
  readonly title: string;
  readonly blocks: readonly Block[];
}

export type Block = Prose | Table | Chart | Pictures;

/** Paragraphs of plain text. */
export interface Prose {
  readonly kind: "prose";
  readonly text: readonly string[];
}

export interface Table {
  readonly kind: "table";
  readonly caption: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly Cell[])[];
  /** Shown as its caption until it is opened: for settings and other details. */
  readonly folded?: boolean;
}

/** A cell is its text, or text with a mark: "good" is at or below the paper's figure, "bad" above it, "best" the row's best. */
export type Cell =
  | string
  | { readonly text: string; readonly mark?: "good" | "bad" | "best"; readonly note?: string };

/** Curves over one x axis; `low` and `high` span the spread over seeds. */
export interface Chart {
  readonly kind: "chart";
  readonly caption: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly logY: boolean;
  readonly x: readonly number[];
  readonly curves: readonly Curve[];
}

export interface Curve {
  readonly label: string;
  readonly mid: readonly (number | null)[];
  readonly low?: readonly (number | null)[];
  readonly high?: readonly (number | null)[];
}

/** A grid of pictures with a caption each. */
export interface Pictures {
  readonly kind: "pictures";
  readonly caption: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly Picture[])[];
}

export interface Picture {
  /** PNG as a data URI. */
  readonly source: string;
  readonly text: string;
  readonly mark?: "good" | "bad";
}
