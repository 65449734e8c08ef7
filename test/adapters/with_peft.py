"""Adapters that PEFT itself makes, or reads: the other side of ours. Needs peft, transformers and torch; peft.json says with which.

    python with_peft.py make ../shared/data          writes the folders peft-* and peft.json beside this file
    python with_peft.py read CLASS MODEL ADAPTER IDS  prints the logits of a base model with an adapter from files, as a list of rows
    python with_peft.py plain CLASS MODEL IDS         prints those of a model alone
"""
import json
import os
import sys
import warnings

import peft
import torch
import transformers
from safetensors.torch import load_file

HERE = os.path.dirname(os.path.abspath(__file__))
IDS = [1, 403, 407, 261, 378, 31, 44]
TEXT = [2, 1045, 293, 2023, 3185, 4, 3]


def base(kind, folder, **more):
    model = getattr(transformers, kind).from_pretrained(folder, dtype=torch.float32, attn_implementation="eager", **more)
    return model.eval()


def logits(model, ids):
    with torch.no_grad():
        out = model(input_ids=torch.tensor([ids]), attention_mask=torch.ones(1, len(ids), dtype=torch.long)).logits
    rows = out.reshape(-1, out.shape[-1])[-len(ids) :]
    return rows.double().tolist()


def read(kind, folder, adapter, ids):
    warnings.simplefilter("error")  # missing keys are a warning of PEFT, those that it has no place for are none
    model = peft.PeftModel.from_pretrained(base(kind, folder), adapter).eval()
    there = set(load_file(os.path.join(adapter, "adapter_model.safetensors")))
    known = set(peft.get_peft_model_state_dict(model, save_embedding_layers=False))
    assert known == there - {"base_model.model.score.bias"}, known ^ there  # decoders' classes have no such bias
    return logits(model, ids)


def make(data):
    def one(name, kind, model, config, ids, **more):
        torch.manual_seed(7)
        made = peft.get_peft_model(base(kind, os.path.join(data, model), **more), config)
        with torch.no_grad():
            for key, tensor in made.named_parameters():
                if tensor.requires_grad:
                    tensor.copy_(0.2 * torch.randn(tensor.shape))
        made.eval()
        folder = os.path.join(HERE, f"peft-{name}")
        made.peft_config["default"].base_model_name_or_path = model
        made.save_pretrained(folder)
        os.remove(os.path.join(folder, "README.md"))
        rows = logits(made, ids)
        return {"ids": ids, "first": rows[0][:16], "last": rows[-1][:16]}

    patterns = {"rank_pattern": {"down_proj": 2}, "alpha_pattern": {"layers.1.self_attn.v_proj": 3}}
    low = {"r": 4, "lora_alpha": 8, "target_modules": ["q_proj", "v_proj", "down_proj"]}
    causal = {"task_type": "CAUSAL_LM", "num_virtual_tokens": 3}
    llama = ("LlamaForCausalLM", "stories260k")
    bert = ["query", "attention.output.dense", "transform.dense"]
    found = {
        "lora": one("lora", *llama, peft.LoraConfig(task_type="CAUSAL_LM", **low, **patterns), IDS),
        "rslora": one("rslora", *llama, peft.LoraConfig(r=2, lora_alpha=3, target_modules="all-linear", use_rslora=True), IDS),
        "prompt": one("prompt", *llama, peft.PromptTuningConfig(**causal), IDS),
        "prefix": one("prefix", *llama, peft.PrefixTuningConfig(**causal), IDS),
        "bert": one("bert", "BertForMaskedLM", "imdb-bert", peft.LoraConfig(r=1, lora_alpha=1, target_modules=bert), TEXT),
        "classes": one(
            "classes",
            "LlamaForSequenceClassification",
            "stories260k",
            peft.LoraConfig(task_type="SEQ_CLS", r=2, lora_alpha=2, target_modules=["o_proj"]),
            IDS,
            num_labels=3,
        ),
    }
    versions = {"peft": peft.__version__, "transformers": transformers.__version__, "torch": torch.__version__}
    with open(os.path.join(HERE, "peft.json"), "w") as file:
        json.dump({"versions": versions, **found}, file, indent=1)
        file.write("\n")


if sys.argv[1] == "make":
    make(sys.argv[2])
elif sys.argv[1] == "plain":
    print(json.dumps(logits(base(*sys.argv[2:4]), json.loads(sys.argv[4]))))
else:
    print(json.dumps(read(*sys.argv[2:5], json.loads(sys.argv[5]))))
