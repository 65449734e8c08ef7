"""LLaMA's forward pass in NumPy and float64, Meta's, and what reads safetensors; nothing here knows of the library under test."""
import json
import math
import struct

import numpy as np


def read(path):
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        body = file.read()
    found = {}
    for name, info in header.items():
        if name == "__metadata__":
            continue
        bytes_ = body[slice(*info["data_offsets"])]
        dtype = {"F32": "<f4", "F16": "<f2"}[info["dtype"]]
        found[name] = np.frombuffer(bytes_, dtype).reshape(info["shape"]).astype(np.float64)
    return found


def rotated(x, theta):
    """[tokens, heads, size], pairs (i, i + size / 2), as Hugging Face orders them."""
    tokens, _, size = x.shape
    angles = np.arange(tokens)[:, None] * theta ** (-np.arange(0, size, 2) / size)
    cos, sin = np.cos(angles)[:, None], np.sin(angles)[:, None]
    a, b = x[..., : size // 2], x[..., size // 2 :]
    return np.concatenate([a * cos - b * sin, b * cos + a * sin], -1)


def logits(w, config, ids):
    heads, shared = config["num_attention_heads"], config["num_key_value_heads"]
    size = config["hidden_size"] // heads

    def norm(x, name):
        return x / np.sqrt((x * x).mean(-1, keepdims=True) + config["rms_norm_eps"]) * w[name + ".weight"]

    x = w["model.embed_tokens.weight"][ids]
    mask = np.triu(np.full((len(ids), len(ids)), -np.inf), 1)
    for layer in range(config["num_hidden_layers"]):
        at = f"model.layers.{layer}."
        h = norm(x, at + "input_layernorm")
        q, k, v = (h @ w[f"{at}self_attn.{name}_proj.weight"].T for name in "qkv")
        q = rotated(q.reshape(-1, heads, size), config["rope_theta"])
        k = rotated(k.reshape(-1, shared, size), config["rope_theta"]).repeat(heads // shared, 1)
        v = v.reshape(-1, shared, size).repeat(heads // shared, 1)
        scores = np.einsum("ihd,jhd->hij", q, k) / math.sqrt(size) + mask
        p = np.exp(scores - scores.max(-1, keepdims=True))
        p /= p.sum(-1, keepdims=True)
        x = x + np.einsum("hij,jhd->ihd", p, v).reshape(len(ids), -1) @ w[at + "self_attn.o_proj.weight"].T
        h = norm(x, at + "post_attention_layernorm")
        gate = h @ w[at + "mlp.gate_proj.weight"].T
        x = x + (gate / (1 + np.exp(-gate)) * (h @ w[at + "mlp.up_proj.weight"].T)) @ w[at + "mlp.down_proj.weight"].T
    return norm(x, "model.norm") @ w["model.embed_tokens.weight"].T
