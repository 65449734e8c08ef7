"""Reads an adapter as PEFT's documentation has it, merges it, and prints the logits: a peer of what we write.

    python3 test/adapters/reader.py MODEL_FOLDER ADAPTER_FOLDER "[1, 2, 3]"

The rules, of "PEFT checkpoint format" and LoraConfig: a module is adapted where its path is one of target_modules, or ends in one
behind a dot; its rank and alpha are those of the first pattern that matches the end of its path, else r and lora_alpha; its
tensors are base_model.model.<path>.lora_A.weight [r, inputs] and lora_B.weight [outputs, r]; nothing else may be in the file.
"""
import json
import math
import os
import re
import sys

from llama import logits, read

model, folder, ids = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
weights = read(os.path.join(model, "model.safetensors"))
with open(os.path.join(model, "config.json")) as file:
    config = json.load(file)
with open(os.path.join(folder, "adapter_config.json")) as file:
    adapter = json.load(file)
tensors = read(os.path.join(folder, "adapter_model.safetensors"))
assert adapter["peft_type"] == "LORA" and adapter["bias"] == "none" and not adapter["use_dora"]


def pattern(patterns, path, usual):
    return next((value for key, value in patterns.items() if re.match(rf"(.*\.)?({key})$", path)), usual)


adapted = 0
for name in list(weights):
    path = name.removesuffix(".weight")
    if not any(path == target or path.endswith("." + target) for target in adapter["target_modules"]):
        continue
    adapted += 1
    outputs, inputs = weights[name].shape
    r = pattern(adapter["rank_pattern"], path, adapter["r"])
    alpha = pattern(adapter["alpha_pattern"], path, adapter["lora_alpha"])
    a = tensors.pop(f"base_model.model.{path}.lora_A.weight")
    b = tensors.pop(f"base_model.model.{path}.lora_B.weight")
    assert a.shape == (r, inputs) and b.shape == (outputs, r), (path, a.shape, b.shape, r)
    weights[name] = weights[name] + alpha / (math.sqrt(r) if adapter["use_rslora"] else r) * (b @ a)
assert adapted and not tensors, (adapted, list(tensors))
print(json.dumps(logits(weights, config, ids)[-1].tolist()))
