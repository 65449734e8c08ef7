/** Which path is which: never a guess where two would do. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { classOf } from "./classes.ts";
import { align, renamed } from "./paths.ts";

const pairs = (own: readonly string[], theirs: readonly string[]) => Object.fromEntries(align(own, theirs));

test("a pair's stars stand for one part each, what is behind its path stays, and the first that fits counts", () => {
  const paths = [
    ["a.*.b.*", "x.*.y.*"],
    ["a", "other"],
    ["a.1", "never"],
  ] as const;
  assert.equal(renamed("a.1.b.2.weight", paths), "x.1.y.2.weight");
  assert.equal(renamed("a.1.c", paths), "other.1.c");
  assert.equal(renamed("ab.1", paths), undefined);
  assert.equal(renamed("a.1", "net."), "net.a.1");
  assert.equal(renamed("a.1", ""), "a.1");
});

test("equal paths go before shorter ones, and those before what would also do", () => {
  assert.deepEqual(pairs(["q", "a.q"], ["a.q", "q"]), { q: "q", "a.q": "a.q" });
  // c_proj of the feed-forward part is what is left once that of attention is known.
  const theirs = ["t.h.0.attn.c_proj", "t.h.0.mlp.c_proj"];
  assert.deepEqual(pairs(["h.0.attn.c_proj", "h.0.c_proj"], theirs), {
    "h.0.attn.c_proj": "t.h.0.attn.c_proj",
    "h.0.c_proj": "t.h.0.mlp.c_proj",
  });
  assert.deepEqual(pairs(["h.0.c_proj"], theirs), {}, "either would do");
  assert.deepEqual(pairs(["encoder.0.q", "decoder.0.q"], ["0.q"]), {}, "either would do");
  assert.deepEqual(pairs(["model.layers.0.self_attn.q_proj"], ["layers.0.q_proj"]), {
    "model.layers.0.self_attn.q_proj": "layers.0.q_proj",
  });
});

test("numbers and the end of a path must be the same, but for a dense layer that goes by its block's name", () => {
  assert.deepEqual(pairs(["layers.1.q"], ["model.layers.11.q"]), {});
  assert.deepEqual(pairs(["layers.q"], ["model.layers.1.q"]), {});
  assert.deepEqual(pairs(["layers.0.self_attn"], ["model.layers.0.self_attn.q_proj"]), {});
  assert.deepEqual(pairs(["layer.0.attention_output.bias"], ["e.layer.0.attention.output.dense.bias"]), {
    "layer.0.attention_output.bias": "e.layer.0.attention.output.dense.bias",
  });
});

test("every module of every class that is known is aligned with itself less its wrappers", () => {
  const short: Readonly<Record<string, (path: string) => string>> = {
    llama: (path) => path.replace(/^model\.|self_attn\.|mlp\./g, ""),
    opt: (path) => path.replace(/^model\.decoder\.|self_attn\./g, ""),
    bert: (path) => path.replace(/^bert\.|encoder\.|self\./g, ""),
    roberta: (path) => path.replace(/^roberta\.|encoder\.|self\./g, ""),
    gpt2: (path) => path.replace(/^transformer\./, ""),
  };
  for (const [type, shorten] of Object.entries(short)) {
    const known = classOf({ model_type: type, num_hidden_layers: 12, architectures: ["ForCausalLM"] });
    assert.ok(known, type);
    for (const names of Object.values(known.modules)) {
      assert.ok(names.length > 0);
      assert.deepEqual(
        pairs(names.map(shorten), names),
        Object.fromEntries(names.map((name) => [shorten(name), name])),
      );
    }
  }
});
