"""Writes adapters in PEFT's layout for stories260k, and the logits that the model gives with them, without PEFT and without us.

The formula is that of PEFT's documentation, W + s B A with s = lora_alpha / r, or lora_alpha / sqrt(r) where use_rslora says so;
it is added to the weights of model.safetensors, and the forward pass, Meta's LLaMA in NumPy, runs in float64. Without an adapter it
gives the logits of stories260k-reference.json, which is asserted. Run with NumPy and the data folder:

    python3 test/adapters/make.py ../shared/data
"""
import json
import math
import os
import struct
import sys

import numpy as np

from llama import logits, read

HERE = os.path.dirname(os.path.abspath(__file__))
DATA = os.path.join(sys.argv[1], "stories260k")


def bfloat16(values):
    """Rounded to the nearest, ties to even: the upper half of a float32's bits."""
    bits = values.astype("<f4").view("<u4").astype(np.uint64)
    return ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype("<u2")


def write(folder, config, tensors, dtype):
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, "adapter_config.json"), "w") as file:
        file.write(json.dumps(config, indent=2, sort_keys=True))
    header, body = {"__metadata__": {"format": "pt"}}, b""
    for name in sorted(tensors):
        bytes_ = (bfloat16(tensors[name]) if dtype == "BF16" else tensors[name].astype("<f4")).tobytes()
        header[name] = {"dtype": dtype, "shape": list(tensors[name].shape), "data_offsets": [len(body), len(body) + len(bytes_)]}
        body += bytes_
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(os.path.join(folder, "adapter_model.safetensors"), "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + body)


def numbers(shape, k):
    i = np.arange(1, math.prod(shape) + 1, dtype=np.float64)
    x = np.sin(12.9898 * i + 78.233 * k) * 43758.5453
    return (0.4 * (x - np.floor(x) - 0.5)).reshape(shape)


def narrowed(values, dtype):
    if dtype == "BF16":
        return (bfloat16(values).astype("<u4") << 16).view("<f4").astype(np.float64)
    return values.astype("<f4").astype(np.float64)


base = read(os.path.join(DATA, "model.safetensors"))
config = json.load(open(os.path.join(DATA, "config.json")))
known = json.load(open(os.path.join(DATA, "stories260k-reference.json")))
ids = known["promptIds"]
assert np.abs(logits(base, config, ids)[-1][:16] - known["logitsLastFirst16"]).max() < 1e-6  # it holds float32 numbers of about 10


def adapter(name, dtype, fields, modules, rank_of, alpha_of, key):
    tensors, merged = {}, dict(base)
    for n, module in enumerate(modules):
        outputs, inputs = base[module + ".weight"].shape
        r, alpha = rank_of(module), alpha_of(module)
        a = narrowed(numbers((r, inputs), 2 * n + 1), dtype)
        b = narrowed(numbers((outputs, r), 2 * n + 2), dtype)
        tensors[key(module, "A")], tensors[key(module, "B")] = a, b
        scale = alpha / math.sqrt(r) if fields.get("use_rslora") else alpha / r
        merged[module + ".weight"] = base[module + ".weight"] + scale * (b @ a)
    write(os.path.join(HERE, name), fields, tensors, dtype)
    rows = logits(merged, config, ids)
    return {"lastFirst16": list(rows[-1][:16]), "lastSum": rows[-1].sum(), "firstFirst16": list(rows[0][:16])}


layers = range(config["num_hidden_layers"])
patterns = adapter(
    "patterns",
    "F32",
    {
        "peft_type": "LORA",
        "task_type": "CAUSAL_LM",
        "base_model_name_or_path": "stories260k",
        "r": 4,
        "lora_alpha": 8,
        "target_modules": ["q_proj", "v_proj", "down_proj"],
        "rank_pattern": {"down_proj": 2, "model.layers.0.self_attn.q_proj": 3},
        "alpha_pattern": {"layers.1.self_attn.v_proj": 2},
        "use_rslora": False,
        "fan_in_fan_out": False,
        "bias": "none",
    },
    [f"model.layers.{i}.{m}" for i in layers for m in ("self_attn.q_proj", "self_attn.v_proj", "mlp.down_proj")],
    lambda m: 2 if m.endswith("down_proj") else 3 if m == "model.layers.0.self_attn.q_proj" else 4,
    lambda m: 2 if m.endswith("layers.1.self_attn.v_proj") else 8,
    lambda m, half: f"base_model.model.{m}.lora_{half}.weight",
)
stabilized = adapter(
    "stabilized",
    "BF16",
    {"peft_type": "LORA", "r": 4, "lora_alpha": 2, "target_modules": ["o_proj"], "use_rslora": True},
    [f"model.layers.{i}.self_attn.o_proj" for i in layers],
    lambda m: 4,
    lambda m: 2,
    lambda m, half: f"base_model.model.{m}.lora_{half}.default.weight",
)
with open(os.path.join(HERE, "reference.json"), "w") as file:
    json.dump({"ids": ids, "patterns": patterns, "stabilized": stabilized}, file, indent=1)
    file.write("\n")
