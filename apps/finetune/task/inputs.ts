/** Token sequences of different lengths as the tensors a model asks for, padded on the right. */
import { RelizoError } from "../../../src/index.ts";
import { need, needWhole, show } from "../check.ts";
import type { Tokenizer } from "../text/tokenizer.ts";
import type { Feed } from "./task.ts";

export interface InputOptions {
  /**
   * Names of the model's inputs. Of `input_ids`, `attention_mask`, `position_ids` and `token_type_ids` those named are fed; all
   * others are somebody else's.
   */
  readonly inputs: readonly string[];
  /** Positions the model has: all tokens of a sequence, placeholders and past rows included. */
  readonly maxLength: number;
  /** Lengths are rounded up to a multiple of this, so that a session sees few shapes. Default 1. */
  readonly multiple?: number;
  /** Placeholder tokens at the front of every sequence, numbered from `first`: prompt tuning puts learned rows in their place. */
  readonly front?: { readonly tokens: number; readonly first: number };
  /** Tokens the model knows: rows of its embedding. Tokens beyond are refused. Default: those of the tokenizer. */
  readonly vocabulary?: number;
  /** Rows that come before the sequence in attention: prefix tuning through `past_key_values`. Default 0. */
  readonly past?: number;
}

/** How sequences of one model are laid out. */
export interface Layout {
  /** Tokens a sequence may have beside its placeholders. */
  readonly room: number;
  /** Placeholders before each sequence. */
  readonly front: number;
  /** @param sequences  token numbers, none longer than `room` */
  feeds(sequences: readonly (readonly number[])[]): Readonly<Record<string, Feed>>;
}

/** @throws RelizoError OPTION for what cannot be; from `feeds` DATA for a token that the model does not know */
export function layout(where: string, tokenizer: Tokenizer, options: InputOptions): Layout {
  const { inputs, maxLength, multiple = 1, front, past = 0, vocabulary = tokenizer.size } = options;
  need(inputs.includes("input_ids"), "OPTION", `${where}: the model must have an input "input_ids"`, [
    ...inputs,
  ]);
  needWhole(`${where}: multiple`, multiple, 1);
  needWhole(`${where}: past`, past, 0);
  needWhole(`${where}: vocabulary`, vocabulary, 1);
  if (front !== undefined) {
    needWhole(`${where}: front.tokens`, front.tokens, 1);
    need(
      Number.isSafeInteger(front.first) && front.first >= vocabulary,
      "OPTION",
      `${where}: front.first must lie behind the ${vocabulary} tokens there are`,
      front.first,
    );
  }
  needWhole(`${where}: maxLength`, maxLength, 1);
  const marks = Array.from({ length: front?.tokens ?? 0 }, (_, i) => front!.first + i);
  const most = maxLength - past;
  const room = most - marks.length;
  need(
    room >= 1,
    "OPTION",
    `${where}: maxLength must leave room for text beside ${marks.length} placeholders and ${past} past rows`,
    maxLength,
  );
  const { pad, eos } = tokenizer.special;
  const filler = [pad, eos].find((id) => id !== undefined && id < vocabulary) ?? 0;
  return {
    room,
    front: marks.length,
    feeds(sequences) {
      const alien = sequences.flatMap((sequence) => sequence.find((id) => id >= vocabulary) ?? [])[0];
      if (alien !== undefined) throw mismatch(where, tokenizer, alien, vocabulary);
      const longest = sequences.reduce((so, { length }) => Math.max(so, length), 0) + marks.length;
      const length = Math.min(most, Math.ceil(longest / multiple) * multiple);
      const whole = sequences.map((sequence) => [...marks, ...sequence]);
      const make = (
        name: string,
        width: number,
        value: (s: number, i: number) => number,
      ): [string, Feed][] => (inputs.includes(name) ? [[name, tensor(whole.length, width, value)]] : []);
      return Object.fromEntries([
        ...make("input_ids", length, (s, i) => whole[s]![i] ?? filler),
        ...make("attention_mask", past + length, (s, i) => (i < past + whole[s]!.length ? 1 : 0)),
        ...make("position_ids", length, (_, i) => past + i),
        ...make("token_type_ids", length, () => 0),
      ]);
    },
  };
}

function mismatch(where: string, tokenizer: Tokenizer, id: number, vocabulary: number): RelizoError {
  return new RelizoError(
    "DATA",
    `${where}: the tokenizer's token ${id} (${show(tokenizer.decode([id], true))}) is not among the model's ${vocabulary}; give the tokenizer that belongs to the model.`,
  );
}

function tensor(sequences: number, width: number, value: (s: number, i: number) => number): Feed {
  const data = new BigInt64Array(sequences * width);
  for (let s = 0; s < sequences; s++)
    for (let i = 0; i < width; i++) data[s * width + i] = BigInt(value(s, i));
  return { data, dims: [sequences, width] };
}
