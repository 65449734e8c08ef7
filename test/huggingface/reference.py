"""Writes reference.json: logits of small models with weights by formula, for the graphs that are built from Hugging Face folders.

Nothing here knows of those graphs. The layers of BERT, RoBERTa, OPT and GPT-2 are torch.nn.TransformerEncoderLayer, in its
post-norm or pre-norm form; LLaMA's follow Meta's own inference code, rotations as products of complex numbers. All is
computed in float64 from weights rounded to float32. Run with PyTorch 1.13 or later:

    python3 test/huggingface/reference.py

The weights: tensors in the order of their names are numbered k = 0, 1, ..., their entries i = 0, 1, ... in row-major order;
u = frac(43758.5453 sin(12.9898 (i + 1) + 78.233 (k + 1))) - 0.5. A matrix has 0.8 u, a bias 0.4 u, a normalization's weight
1 + 0.4 u.
"""
import json
import math
import os

import torch
from torch import nn
from torch.nn import functional as F

torch.set_default_dtype(torch.float64)


def weights(shapes):
    made = {}
    for k, name in enumerate(sorted(shapes)):
        shape = shapes[name]
        i = torch.arange(math.prod(shape), dtype=torch.float64)
        x = torch.sin(12.9898 * (i + 1) + 78.233 * (k + 1)) * 43758.5453
        u = x - torch.floor(x) - 0.5
        if len(shape) > 1:
            w = 0.8 * u
        elif name.endswith((".weight", ".gamma")):
            w = 1 + 0.4 * u
        else:
            w = 0.4 * u
        made[name] = w.to(torch.float32).to(torch.float64).reshape(shape)
    return made


FORBIDDEN = -1e30


def bias_of(mask, causal, window=None):
    """[batch, 1, sequence, sequence]: what is added to the scores."""
    n = mask.shape[1]
    allowed = mask[:, None, None, :].bool().expand(-1, 1, n, n)
    if causal:
        i, j = torch.arange(n)[:, None], torch.arange(n)[None, :]
        allowed = allowed & (j <= i)
        if window is not None:
            allowed = allowed & (i - j < window)
    return torch.where(allowed, 0.0, FORBIDDEN)


def torch_layer(x, bias, heads, inner, act, pre, eps, w):
    """One layer of PyTorch's own; w: in_w, in_b, out_w, out_b, n1_w, n1_b, n2_w, n2_b, up_w, up_b, down_w, down_b."""
    hidden = x.shape[-1]
    layer = nn.TransformerEncoderLayer(hidden, heads, inner, 0.0, act, eps, batch_first=True, norm_first=pre)
    with torch.no_grad():
        for to, of in [
            (layer.self_attn.in_proj_weight, "in_w"), (layer.self_attn.in_proj_bias, "in_b"),
            (layer.self_attn.out_proj.weight, "out_w"), (layer.self_attn.out_proj.bias, "out_b"),
            (layer.norm1.weight, "n1_w"), (layer.norm1.bias, "n1_b"), (layer.norm2.weight, "n2_w"), (layer.norm2.bias, "n2_b"),
            (layer.linear1.weight, "up_w"), (layer.linear1.bias, "up_b"), (layer.linear2.weight, "down_w"), (layer.linear2.bias, "down_b"),
        ]:
            to.copy_(w[of])
        n = x.shape[1]
        layer.train()  # no dropout; in eval mode another, fused path may be taken
        return layer(x, src_mask=bias.expand(-1, heads, n, n).reshape(-1, n, n))


def gelu_tanh(x):
    return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


# ---- BERT and RoBERTa -------------------------------------------------------------------------------------------------


def encoder_shapes(c, base, norm=("weight", "bias")):
    h, f = c["hidden_size"], c["intermediate_size"]
    s = {}

    def linear(name, out, inp):
        s[name + ".weight"], s[name + ".bias"] = [out, inp], [out]

    def ln(name):
        s[f"{name}.{norm[0]}"], s[f"{name}.{norm[1]}"] = [h], [h]

    s[f"{base}.embeddings.word_embeddings.weight"] = [c["vocab_size"], h]
    s[f"{base}.embeddings.position_embeddings.weight"] = [c["max_position_embeddings"], h]
    s[f"{base}.embeddings.token_type_embeddings.weight"] = [c["type_vocab_size"], h]
    ln(f"{base}.embeddings.LayerNorm")
    for i in range(c["num_hidden_layers"]):
        at = f"{base}.encoder.layer.{i}"
        for name in ("query", "key", "value"):
            linear(f"{at}.attention.self.{name}", h, h)
        linear(f"{at}.attention.output.dense", h, h)
        ln(f"{at}.attention.output.LayerNorm")
        linear(f"{at}.intermediate.dense", f, h)
        linear(f"{at}.output.dense", h, f)
        ln(f"{at}.output.LayerNorm")
    return s


def encode(c, w, base, ids, mask, positions, types, norm=("weight", "bias")):
    eps = c["layer_norm_eps"]
    h = c["hidden_size"]

    def ln(name):
        return w[f"{name}.{norm[0]}"], w[f"{name}.{norm[1]}"]

    e = f"{base}.embeddings."
    x = w[e + "word_embeddings.weight"][ids] + w[e + "position_embeddings.weight"][positions] + w[e + "token_type_embeddings.weight"][types]
    x = F.layer_norm(x, [h], *ln(f"{base}.embeddings.LayerNorm"), eps)
    for i in range(c["num_hidden_layers"]):
        at = f"{base}.encoder.layer.{i}."
        qkv = [at + "attention.self." + n for n in ("query", "key", "value")]
        n1, n2 = ln(at + "attention.output.LayerNorm"), ln(at + "output.LayerNorm")
        x = torch_layer(x, bias_of(mask, False), c["num_attention_heads"], c["intermediate_size"], F.gelu, False, eps, {
            "in_w": torch.cat([w[n + ".weight"] for n in qkv]), "in_b": torch.cat([w[n + ".bias"] for n in qkv]),
            "out_w": w[at + "attention.output.dense.weight"], "out_b": w[at + "attention.output.dense.bias"],
            "n1_w": n1[0], "n1_b": n1[1], "n2_w": n2[0], "n2_b": n2[1],
            "up_w": w[at + "intermediate.dense.weight"], "up_b": w[at + "intermediate.dense.bias"],
            "down_w": w[at + "output.dense.weight"], "down_b": w[at + "output.dense.bias"],
        })
    return x


def lin(w, name, x):
    return F.linear(x, w[name + ".weight"], w.get(name + ".bias"))


BERT = dict(model_type="bert", hidden_size=16, intermediate_size=24, num_hidden_layers=2, num_attention_heads=4, vocab_size=30,
            max_position_embeddings=12, type_vocab_size=2, layer_norm_eps=1e-12, hidden_act="gelu", pad_token_id=0)
ROBERTA = dict(BERT, model_type="roberta", type_vocab_size=1, layer_norm_eps=1e-5, pad_token_id=1, max_position_embeddings=14)


def bert_class():
    c = dict(BERT, architectures=["BertForSequenceClassification"], id2label={"0": "a", "1": "b", "2": "c"})
    old = ("gamma", "beta")
    s = encoder_shapes(c, "bert", old)
    s["bert.pooler.dense.weight"], s["bert.pooler.dense.bias"] = [16, 16], [16]
    s["classifier.weight"], s["classifier.bias"] = [3, 16], [3]
    w = weights(s)
    ids = torch.tensor([[2, 5, 6, 3, 9, 3], [2, 8, 3, 0, 0, 0]])
    mask = torch.tensor([[1, 1, 1, 1, 1, 1], [1, 1, 1, 0, 0, 0]])
    types = torch.tensor([[0, 0, 0, 0, 1, 1], [0, 0, 0, 0, 0, 0]])
    x = encode(c, w, "bert", ids, mask, torch.arange(6)[None, :], types, old)
    logits = lin(w, "classifier", torch.tanh(lin(w, "bert.pooler.dense", x[:, 0])))
    return case("bert-classification", c, s, dict(input_ids=ids, attention_mask=mask, token_type_ids=types), logits,
                "pairs of texts, right padding, names gamma and beta")


def bert_untied():
    c = dict(BERT, architectures=["BertForMaskedLM"], hidden_act="gelu", tie_word_embeddings=False)
    s = encoder_shapes(c, "bert")
    p = "cls.predictions."
    s[p + "transform.dense.weight"], s[p + "transform.dense.bias"] = [16, 16], [16]
    s[p + "transform.LayerNorm.weight"], s[p + "transform.LayerNorm.bias"] = [16], [16]
    s[p + "decoder.weight"], s[p + "bias"] = [30, 16], [30]
    w = weights(s)
    ids = torch.tensor([[2, 5, 4, 7, 3], [0, 2, 8, 4, 3]])
    mask = torch.tensor([[1, 1, 1, 1, 1], [0, 1, 1, 1, 1]])
    types = torch.zeros_like(ids)
    x = encode(c, w, "bert", ids, mask, torch.arange(5)[None, :], types)
    x = F.gelu(lin(w, p + "transform.dense", x))
    x = F.layer_norm(x, [16], w[p + "transform.LayerNorm.weight"], w[p + "transform.LayerNorm.bias"], 1e-12)
    logits = F.linear(x, w[p + "decoder.weight"], w[p + "bias"])
    return case("bert-untied", c, s, dict(input_ids=ids, attention_mask=mask, token_type_ids=types), logits,
                "its own output matrix, left padding")


def roberta_positions(ids):
    kept = (ids != 1).long()
    return torch.cumsum(kept, 1) * kept + 1


def roberta_mask():
    c = dict(ROBERTA, architectures=["RobertaForMaskedLM"])
    s = encoder_shapes(c, "roberta")
    s["lm_head.dense.weight"], s["lm_head.dense.bias"] = [16, 16], [16]
    s["lm_head.layer_norm.weight"], s["lm_head.layer_norm.bias"] = [16], [16]
    s["lm_head.bias"] = [30]
    w = weights(s)
    ids = torch.tensor([[0, 9, 20, 29, 11, 2], [0, 7, 2, 1, 1, 1], [1, 1, 0, 29, 8, 2]])
    mask = (ids != 1).long()
    x = encode(c, w, "roberta", ids, mask, roberta_positions(ids), torch.zeros_like(ids))
    x = F.layer_norm(F.gelu(lin(w, "lm_head.dense", x)), [16], w["lm_head.layer_norm.weight"], w["lm_head.layer_norm.bias"], 1e-5)
    logits = F.linear(x, w["roberta.embeddings.word_embeddings.weight"], w["lm_head.bias"])
    return case("roberta", c, s, dict(input_ids=ids, attention_mask=mask), logits, "right and left padding, tied")


def roberta_class():
    c = dict(ROBERTA, architectures=["RobertaForSequenceClassification"])
    s = encoder_shapes(c, "roberta")
    s["classifier.dense.weight"], s["classifier.dense.bias"] = [16, 16], [16]
    s["classifier.out_proj.weight"], s["classifier.out_proj.bias"] = [2, 16], [2]
    w = weights(s)
    ids = torch.tensor([[0, 9, 20, 29, 11, 2], [0, 7, 2, 1, 1, 1]])
    mask = (ids != 1).long()
    x = encode(c, w, "roberta", ids, mask, roberta_positions(ids), torch.zeros_like(ids))
    logits = lin(w, "classifier.out_proj", torch.tanh(lin(w, "classifier.dense", x[:, 0])))
    return case("roberta-classification", c, s, dict(input_ids=ids, attention_mask=mask), logits, "two classes")


# ---- OPT and GPT-2 ----------------------------------------------------------------------------------------------------

PADDED = torch.tensor([[0, 0, 5, 9, 12, 7], [3, 8, 21, 4, 19, 6], [11, 2, 17, 5, 0, 0]])
MASK = torch.tensor([[0, 0, 1, 1, 1, 1], [1, 1, 1, 1, 1, 1], [1, 1, 1, 1, 0, 0]])
ORDER = (torch.cumsum(MASK, 1) - 1).clamp(min=0)


def opt(name, note, **more):
    c = dict(model_type="opt", architectures=["OPTForCausalLM"], hidden_size=16, ffn_dim=24, num_hidden_layers=2, num_attention_heads=4,
             vocab_size=30, max_position_embeddings=10, word_embed_proj_dim=16, do_layer_norm_before=True, activation_function="relu",
             pad_token_id=1)
    c.update(more)
    h, f, e, pre = 16, 24, c["word_embed_proj_dim"], c["do_layer_norm_before"]
    d = "model.decoder."
    s = {d + "embed_tokens.weight": [30, e], d + "embed_positions.weight": [12, h]}
    if e != h:
        s[d + "project_in.weight"], s[d + "project_out.weight"] = [h, e], [e, h]
    for i in range(2):
        at = f"{d}layers.{i}."
        for p, out, inp in [("self_attn.q_proj", h, h), ("self_attn.k_proj", h, h), ("self_attn.v_proj", h, h),
                            ("self_attn.out_proj", h, h), ("fc1", f, h), ("fc2", h, f)]:
            s[at + p + ".weight"], s[at + p + ".bias"] = [out, inp], [out]
        for p in ("self_attn_layer_norm", "final_layer_norm"):
            s[at + p + ".weight"], s[at + p + ".bias"] = [h], [h]
    if pre:
        s[d + "final_layer_norm.weight"], s[d + "final_layer_norm.bias"] = [h], [h]
    if "num_labels" in c:
        s["score.weight"] = [c["num_labels"], e]
    w = weights(s)
    x = w[d + "embed_tokens.weight"][PADDED]
    if e != h:
        x = F.linear(x, w[d + "project_in.weight"])
    x = x + w[d + "embed_positions.weight"][torch.cumsum(MASK, 1) * MASK - 1 + 2]
    for i in range(2):
        at = f"{d}layers.{i}."
        qkv = [f"{at}self_attn.{n}_proj" for n in "qkv"]
        x = torch_layer(x, bias_of(MASK, True), 4, f, F.relu, pre, 1e-5, {
            "in_w": torch.cat([w[n + ".weight"] for n in qkv]), "in_b": torch.cat([w[n + ".bias"] for n in qkv]),
            "out_w": w[at + "self_attn.out_proj.weight"], "out_b": w[at + "self_attn.out_proj.bias"],
            "n1_w": w[at + "self_attn_layer_norm.weight"], "n1_b": w[at + "self_attn_layer_norm.bias"],
            "n2_w": w[at + "final_layer_norm.weight"], "n2_b": w[at + "final_layer_norm.bias"],
            "up_w": w[at + "fc1.weight"], "up_b": w[at + "fc1.bias"], "down_w": w[at + "fc2.weight"], "down_b": w[at + "fc2.bias"],
        })
    if pre:
        x = F.layer_norm(x, [h], w[d + "final_layer_norm.weight"], w[d + "final_layer_norm.bias"], 1e-5)
    if e != h:
        x = F.linear(x, w[d + "project_out.weight"])
    inputs = dict(input_ids=PADDED, attention_mask=MASK)
    if "num_labels" in c:
        # no token of these is pad_token_id, 1, so the last token counts
        return case(name, c, s, inputs, F.linear(x[:, -1], w["score.weight"]), note)
    return case(name, c, s, inputs, F.linear(x, w[d + "embed_tokens.weight"]), note, MASK)


def gpt2(name, note, base, **more):
    c = dict(model_type="gpt2", architectures=["GPT2LMHeadModel"], n_embd=16, n_layer=2, n_head=4, n_positions=12, vocab_size=30,
             layer_norm_epsilon=1e-5, activation_function="gelu_new")
    c.update(more)
    h = 16
    s = {base + "wte.weight": [30, h], base + "wpe.weight": [12, h], base + "ln_f.weight": [h], base + "ln_f.bias": [h]}
    for i in range(2):
        at = f"{base}h.{i}."
        for p, inp, out in [("attn.c_attn", h, 3 * h), ("attn.c_proj", h, h), ("mlp.c_fc", h, 4 * h), ("mlp.c_proj", 4 * h, h)]:
            s[at + p + ".weight"], s[at + p + ".bias"] = [inp, out], [out]
        for p in ("ln_1", "ln_2"):
            s[at + p + ".weight"], s[at + p + ".bias"] = [h], [h]
    w = weights(s)
    x = w[base + "wte.weight"][PADDED] + w[base + "wpe.weight"][ORDER]
    for i in range(2):
        at = f"{base}h.{i}."
        # scores by 1 / (layer + 1) more: the same as queries so
        by = torch.ones(3 * h)
        if c.get("scale_attn_by_inverse_layer_idx"):
            by[:h] = 1 / (i + 1)
        x = torch_layer(x, bias_of(MASK, True), 4, 4 * h, gelu_tanh, True, 1e-5, {
            "in_w": w[at + "attn.c_attn.weight"].T * by[:, None], "in_b": w[at + "attn.c_attn.bias"] * by,
            "out_w": w[at + "attn.c_proj.weight"].T, "out_b": w[at + "attn.c_proj.bias"],
            "n1_w": w[at + "ln_1.weight"], "n1_b": w[at + "ln_1.bias"], "n2_w": w[at + "ln_2.weight"], "n2_b": w[at + "ln_2.bias"],
            "up_w": w[at + "mlp.c_fc.weight"].T, "up_b": w[at + "mlp.c_fc.bias"],
            "down_w": w[at + "mlp.c_proj.weight"].T, "down_b": w[at + "mlp.c_proj.bias"],
        })
    x = F.layer_norm(x, [h], w[base + "ln_f.weight"], w[base + "ln_f.bias"], 1e-5)
    logits = F.linear(x, w[base + "wte.weight"])
    return case(name, c, s, dict(input_ids=PADDED, attention_mask=MASK, position_ids=ORDER), logits, note, MASK)


# ---- LLaMA and its kin ------------------------------------------------------------------------------------------------


def frequencies(c, d):
    theta = c.get("rope_theta", 10000.0)
    freqs = 1.0 / (theta ** (torch.arange(0, d, 2).double() / d))
    r = c.get("rope_scaling")
    if r is None:
        return freqs
    if r.get("rope_type", r.get("type")) == "linear":
        return freqs / r["factor"]
    # apply_scaling of Meta's llama-models, models/llama3/reference_impl/model.py
    low, high, old = r["low_freq_factor"], r["high_freq_factor"], r["original_max_position_embeddings"]
    new = []
    for freq in freqs.tolist():
        wavelen = 2 * math.pi / freq
        if wavelen < old / high:
            new.append(freq)
        elif wavelen > old / low:
            new.append(freq / r["factor"])
        else:
            smooth = (old / wavelen - low) / (high - low)
            new.append((1 - smooth) * freq / r["factor"] + smooth * freq)
    return torch.tensor(new)


def turned(x, angles):
    """x: [batch, sequence, heads, d]; entry i with i + d / 2 is a complex number."""
    half = x.shape[-1] // 2
    z = torch.complex(x[..., :half], x[..., half:]) * torch.polar(torch.ones_like(angles), angles)[:, :, None, :]
    return torch.cat([z.real, z.imag], -1)


def llama(name, note, qkv=False, out=False, **more):
    c = dict(model_type="llama", architectures=["LlamaForCausalLM"], hidden_size=16, intermediate_size=24, num_hidden_layers=2,
             num_attention_heads=4, num_key_value_heads=2, vocab_size=30, max_position_embeddings=64, rms_norm_eps=1e-6,
             hidden_act="silu", tie_word_embeddings=False)
    c.update(more)
    h, f, heads, kv = 16, 24, 4, c["num_key_value_heads"]
    d = c.get("head_dim", h // heads)
    s = {"model.embed_tokens.weight": [30, h], "model.norm.weight": [h]}
    if "num_labels" in c:
        s["score.weight"] = [c["num_labels"], h]
    elif not c["tie_word_embeddings"]:
        s["lm_head.weight"] = [30, h]
    mlp = c.get("mlp_bias", False)
    for i in range(2):
        at = f"model.layers.{i}."
        for p, o, inp, b in [("self_attn.q_proj", heads * d, h, qkv), ("self_attn.k_proj", kv * d, h, qkv),
                             ("self_attn.v_proj", kv * d, h, qkv), ("self_attn.o_proj", h, heads * d, out),
                             ("mlp.gate_proj", f, h, mlp), ("mlp.up_proj", f, h, mlp), ("mlp.down_proj", h, f, mlp)]:
            s[at + p + ".weight"] = [o, inp]
            if b:
                s[at + p + ".bias"] = [o]
        s[at + "input_layernorm.weight"], s[at + "post_attention_layernorm.weight"] = [h], [h]
        if c["model_type"] == "qwen3":
            s[at + "self_attn.q_norm.weight"], s[at + "self_attn.k_norm.weight"] = [d], [d]
    w = weights(s)
    positions = torch.arange(6).expand(3, 6) if "num_labels" in c else ORDER + 5

    def rms(x, name):
        return x / torch.sqrt((x * x).mean(-1, keepdim=True) + c["rms_norm_eps"]) * w[name + ".weight"]

    angles = positions[:, :, None] * frequencies(c, d)
    bias = bias_of(MASK, True, c.get("sliding_window"))
    x = w["model.embed_tokens.weight"][PADDED]
    for i in range(2):
        at = f"model.layers.{i}."
        y = rms(x, at + "input_layernorm")
        q = lin(w, at + "self_attn.q_proj", y).reshape(3, 6, heads, d)
        k = lin(w, at + "self_attn.k_proj", y).reshape(3, 6, kv, d)
        if c["model_type"] == "qwen3":
            q, k = rms(q, at + "self_attn.q_norm"), rms(k, at + "self_attn.k_norm")
        q, k = turned(q, angles), turned(k, angles)
        v = lin(w, at + "self_attn.v_proj", y).reshape(3, 6, kv, d)
        group = torch.arange(heads) // (heads // kv)
        scores = torch.einsum("bihd,bjhd->bhij", q, k[:, :, group]) / math.sqrt(d) + bias
        mixed = torch.einsum("bhij,bjhd->bihd", scores.softmax(-1), v[:, :, group]).reshape(3, 6, heads * d)
        x = x + lin(w, at + "self_attn.o_proj", mixed)
        y = rms(x, at + "post_attention_layernorm")
        x = x + lin(w, at + "mlp.down_proj", F.silu(lin(w, at + "mlp.gate_proj", y)) * lin(w, at + "mlp.up_proj", y))
    x = rms(x, "model.norm")
    inputs = dict(input_ids=PADDED, attention_mask=MASK)
    if "num_labels" in c:
        last = [max(j for j in range(6) if row[j] != c["pad_token_id"]) for row in PADDED.tolist()]
        return case(name, c, s, inputs, F.linear(x[torch.arange(3), last], w["score.weight"]), note)
    head = w["model.embed_tokens.weight"] if c["tie_word_embeddings"] else w["lm_head.weight"]
    return case(name, c, s, dict(inputs, position_ids=positions), F.linear(x, head), note, MASK)


# ---- what is written --------------------------------------------------------------------------------------------------


def case(name, config, shapes, inputs, logits, note, mask=None):
    """Of each text the first and the last token that are no padding: its first 8 logits; of a class, all."""
    if logits.dim() == 2:
        places = [[b] for b in range(logits.shape[0])]
    else:
        kept = inputs["attention_mask"] if mask is None else mask
        places = [[b, j] for b, row in enumerate(kept.tolist()) for j in (row.index(1), len(row) - 1 - row[::-1].index(1))]
    rows = [{"at": at, "logits": [round(v, 9) for v in logits[tuple(at)][:8].tolist()]} for at in places]
    return {"name": name, "note": note, "config": config, "shapes": shapes,
            "inputs": {k: v.tolist() for k, v in inputs.items()}, "rows": rows}


LLAMA3 = dict(rope_type="llama3", factor=8.0, low_freq_factor=1.0, high_freq_factor=4.0, original_max_position_embeddings=32)

if __name__ == "__main__":
    cases = [
        bert_class(),
        bert_untied(),
        roberta_mask(),
        roberta_class(),
        opt("opt", "normalized before, as OPT-125M"),
        opt("opt-350m", "normalized after, embeddings narrower than the model, as OPT-350M",
            word_embed_proj_dim=8, do_layer_norm_before=False),
        opt("opt-classification", "the last token, pad_token_id being none of them", architectures=["OPTForSequenceClassification"], num_labels=2),
        gpt2("gpt2", "names of the bare model, as GPT-2's own checkpoint", ""),
        gpt2("gpt2-by-layer", "scores divided by the layer's number", "transformer.", scale_attn_by_inverse_layer_idx=True),
        llama("llama", "shared heads, large theta, tied", tie_word_embeddings=True, rope_theta=500000.0),
        llama("llama3", "heads wider than hidden_size / heads, biases, stretched as Llama 3.1", True, True,
              head_dim=8, attention_bias=True, mlp_bias=True, rope_scaling=LLAMA3),
        llama("llama-linear", "stretched linearly", rope_scaling=dict(type="linear", factor=4.0)),
        llama("llama-classification", "the last token that is none of padding", architectures=["LlamaForSequenceClassification"],
              num_labels=3, pad_token_id=0),
        llama("mistral", "a window of three", model_type="mistral", architectures=["MistralForCausalLM"], sliding_window=3),
        llama("qwen2", "biases of queries, keys and values", True, False, model_type="qwen2", architectures=["Qwen2ForCausalLM"],
              tie_word_embeddings=True),
        llama("qwen3", "queries and keys normalized, head by head", model_type="qwen3", architectures=["Qwen3ForCausalLM"],
              head_dim=8, tie_word_embeddings=True),
    ]
    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "reference.json")
    with open(path, "w") as file:
        json.dump({"torch": torch.__version__, "cases": cases}, file)
    print(f"{len(cases)} cases in {path}")
