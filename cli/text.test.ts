import assert from "node:assert/strict";
import { test } from "node:test";
import { columns, nearest, wrapped } from "./text.ts";

test("wrapped lines hold every word and none is too long", () => {
  const text = Array.from({ length: 80 }, (_, i) => "w".repeat(1 + ((i * 7) % 11))).join(" ");
  for (const [room, most] of [
    [60, 60],
    [200, 100],
  ] as const) {
    const lines = wrapped(text, 4, room);
    assert.ok(lines.every((line) => line.length <= most && line.startsWith("    ")));
    assert.equal(lines.map((line) => line.trim()).join(" "), text);
  }
});

test("columns are aligned: the first to the left, numbers to the right", () => {
  assert.equal(
    columns(
      ["seed", "f"],
      [
        ["0", "12.5"],
        ["10", "3"],
      ],
    ),
    ["seed     f", "----  ----", "0     12.5", "10       3"].join("\n"),
  );
});

test("the nearest word is named only where it is near", () => {
  assert.equal(nearest("zo-adam", ["zo-adamm", "zo-sgd"]), "zo-adamm");
  assert.equal(nearest("xylophone", ["zo-adamm", "zo-sgd"]), undefined);
});
