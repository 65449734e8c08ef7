"""Writes the models of this folder: one layer or two of attention in the forms that torch.onnx.export gives to what people write,
and what they put out behind a prefix, which these modules take as PyTorch code of their own.

Ran with torch 1.13 and onnx 1.12 (Debian's python3-torch and python3-onnx): python3 make.py
"""
import json
import math
import os

import numpy as np
import onnx
import onnx.numpy_helper as nh
import torch
from torch import nn

HERE = os.path.dirname(os.path.abspath(__file__))
HIDDEN, HEADS, SIZE, VOCABULARY, PREFIX, LAYERS = 12, 3, 4, 16, 2, 2


def heads(x, count=HEADS):
    return x.view(x.shape[0], x.shape[1], count, SIZE).transpose(1, 2)


def join(kept, own):
    """A prefix [heads, tokens, size] before [batch, heads, tokens, size]."""
    return own if kept is None else torch.cat([kept[None].expand(own.shape[0], -1, -1, -1), own], 2)


class Attention(nn.Module):
    """BERT's: the scale divides scores, the mask is added."""

    count = HEADS

    def __init__(self):
        super().__init__()
        self.q, self.k, self.v = (nn.Linear(HIDDEN, n * SIZE) for n in (HEADS, self.count, self.count))
        self.o = nn.Linear(HIDDEN, HIDDEN)

    def forward(self, x, mask, kept):
        q, k, v = heads(self.q(x)), heads(self.k(x), self.count), heads(self.v(x), self.count)
        self.own = k, v
        key, value = kept if kept else (None, None)
        y = self.attend(q, join(key, k), join(value, v), mask, 0 if key is None else key.shape[1])
        return self.o(y.transpose(1, 2).reshape(x.shape[0], x.shape[1], HIDDEN))

    def hide(self, scores, mask, before):
        far = (1.0 - mask[:, None, None, :].float()) * -10000.0
        return scores + (torch.cat([far.new_zeros(*far.shape[:3], before), far], 3) if before else far)

    def attend(self, q, k, v, mask, before):
        scores = torch.matmul(q, k.transpose(-1, -2)) / math.sqrt(SIZE)
        return torch.softmax(self.hide(scores, mask, before), -1) @ v


class Split(Attention):
    """Half of the scale on the queries and half on the keys, as PyTorch's exporter writes scaled_dot_product_attention."""

    def attend(self, q, k, v, mask, before):
        scale = math.sqrt(SIZE) ** -0.5
        scores = (q * scale) @ (k.transpose(-1, -2) * scale)
        return torch.softmax(self.hide(scores, mask, before), -1) @ v


class Flat(Attention):
    """OPT's: queries scaled before, products of [batch * heads, ...], scores bounded below."""

    def attend(self, q, k, v, mask, before):
        b, t, s = q.shape[0], q.shape[2], k.shape[2]
        q, k, v = ((x * SIZE**-0.5 if i == 0 else x).reshape(b * HEADS, -1, SIZE) for i, x in enumerate((q, k, v)))
        scores = torch.bmm(q, k.transpose(1, 2)).view(b, HEADS, t, s)
        scores = torch.max(self.hide(scores, mask, before), torch.tensor(torch.finfo(torch.float32).min))
        probabilities = torch.softmax(scores.view(b * HEADS, t, s), -1)
        return torch.bmm(probabilities, v).view(b, HEADS, t, SIZE)


class Late(Attention):
    """Products of [batch * heads, ...], a softmax over [batch, heads, ...]; a soft cap, and a mask that fills."""

    def attend(self, q, k, v, mask, before):
        b, t, s = q.shape[0], q.shape[2], k.shape[2]
        q, k, v = (x.reshape(b * HEADS, -1, SIZE) for x in (q, k, v))
        scores = torch.bmm(q, k.transpose(1, 2)).view(b, HEADS, t, s) * 0.5
        scores = torch.tanh(scores / 5.0) * 5.0
        near = mask[:, None, None, :] > 0
        near = torch.cat([near.new_ones(b, 1, 1, before), near], 3) if before else near
        probabilities = torch.softmax(scores.masked_fill(~near, -1e9), -1)
        return torch.bmm(probabilities.view(b * HEADS, t, s), v).view(b, HEADS, t, SIZE)


class Shared(Attention):
    """Three queries to a key, which is repeated; a causal mask chosen by where."""

    count = 1

    def attend(self, q, k, v, mask, before):
        k, v = (x[:, :, None].expand(-1, -1, HEADS, -1, -1).reshape(x.shape[0], HEADS, x.shape[2], SIZE) for x in (k, v))
        scores = q @ k.transpose(2, 3) * SIZE**-0.5
        t = q.shape[2]
        near = torch.ones(t, t).tril() > 0
        near = torch.cat([near.new_ones(t, before), near], 1) if before else near
        return torch.softmax(self.hide(torch.where(near, scores, torch.tensor(-1e9)), mask, before), -1) @ v


class Fused(Attention):
    """One matrix for queries, keys and values, parted in five dimensions, as vision transformers have it."""

    def __init__(self):
        super().__init__()
        self.qkv = nn.Linear(HIDDEN, 3 * HIDDEN)

    def forward(self, x, mask, kept):
        b, t, _ = x.shape
        q, k, v = self.qkv(x).reshape(b, t, 3, HEADS, SIZE).permute(2, 0, 3, 1, 4)
        self.own = k, v
        key, value = kept if kept else (None, None)
        scores = (q * SIZE**-0.5) @ join(key, k).transpose(-2, -1)
        scores = self.hide(scores, mask, 0 if key is None else key.shape[1])
        y = scores.softmax(-1) @ join(value, v)
        return self.o(y.transpose(1, 2).reshape(b, t, HIDDEN))


class Model(nn.Module):
    def __init__(self, attention):
        super().__init__()
        self.embed = nn.Embedding(VOCABULARY, HIDDEN)
        self.layers = nn.ModuleList([attention() for _ in range(LAYERS)])
        self.norm = nn.LayerNorm(HIDDEN)
        self.head = nn.Linear(HIDDEN, VOCABULARY)

    def forward(self, input_ids, attention_mask, prefix=None):
        x = self.embed(input_ids)
        for i, layer in enumerate(self.layers):
            x = self.norm(x + layer(x, attention_mask, None if prefix is None else (prefix[2 * i], prefix[2 * i + 1])))
        return self.head(x)


def write(name, attention):
    torch.manual_seed(len(name))
    model = Model(attention).eval()
    for p in model.parameters():
        p.data = p.data * 1.5
    ids = torch.tensor([[1, 2, 3, 4, 5], [6, 7, 8, 9, 0]])
    mask = torch.tensor([[1, 1, 1, 1, 1], [1, 1, 1, 1, 0]])
    torch.onnx.export(
        model, (ids, mask), os.path.join(HERE, name + ".onnx"), opset_version=14,
        input_names=["input_ids", "attention_mask"], output_names=["logits"],
        dynamic_axes={n: {0: "batch", 1: "sequence"} for n in ("input_ids", "attention_mask", "logits")},
    )
    count = attention.count
    rows = torch.randn(PREFIX, LAYERS * 2 * count * SIZE)
    # peft.PrefixEncoder's output and get_prompt: view, then permute
    prefix = rows.view(PREFIX, LAYERS * 2, count, SIZE).permute(1, 2, 0, 3)
    with torch.no_grad():
        plain, behind = model(ids, mask), model(ids, mask, prefix)
        model(ids[:1, :PREFIX], mask[:1, :PREFIX])
        own = torch.cat([x for layer in model.layers for x in layer.own]).permute(2, 0, 1, 3)
    return {
        "ids": ids.tolist(), "mask": mask.tolist(), "keyHeads": count, "prefix": rows.flatten().tolist(),
        "plain": plain.flatten().tolist(), "behind": behind.flatten().tolist(),
        "kept": own.flatten().tolist(),
    }


def halve(name, to):
    """The same model with float16 in place of float32."""
    model = onnx.load(os.path.join(HERE, name + ".onnx"))
    full, half = onnx.TensorProto.FLOAT, onnx.TensorProto.FLOAT16
    tensors = list(model.graph.initializer)
    for node in model.graph.node:
        for attribute in node.attribute:
            if attribute.name == "value":
                tensors.append(attribute.t)
            if attribute.name == "to" and attribute.i == full:
                attribute.i = half
    for tensor in tensors:
        if tensor.data_type == full:
            tensor.CopyFrom(nh.from_array(nh.to_array(tensor).astype(np.float16), tensor.name))
    for output in model.graph.output:
        output.type.tensor_type.elem_type = half
    del model.graph.value_info[:]
    onnx.save(model, os.path.join(HERE, to + ".onnx"))


FORMS = {"divided": Attention, "split": Split, "flat": Flat, "late": Late, "shared": Shared, "fused": Fused}
with open(os.path.join(HERE, "expected.json"), "w") as file:
    found = {name: write(name, attention) for name, attention in FORMS.items()}
    halve("divided", "half")
    short = json.loads(json.dumps(found), parse_float=lambda text: float(format(float(text), ".7g")))
    json.dump(short, file, separators=(",", ":"))
