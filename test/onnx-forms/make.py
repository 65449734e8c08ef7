"""Writes the models of this folder: small ones, in the forms that torch.onnx.export and other people's tools give them.

Ran with torch 1.13 and onnx 1.12 (Debian's python3-torch and python3-onnx): python3 make.py
"""
import os
import sys

import numpy as np
import onnx
import onnx.helper as oh
import onnx.numpy_helper as nh
import torch
from torch import nn

HERE = os.path.dirname(os.path.abspath(__file__))
H, HEADS, VOCABULARY, POSITIONS = 8, 2, 16, 8


def export(module, name, args, inputs, axes, **more):
    path = os.path.join(HERE, name + ".onnx")
    torch.onnx.export(
        module.eval(), args, path, input_names=inputs, output_names=["logits"],
        dynamic_axes={**axes, "logits": {0: "batch"}}, opset_version=more.pop("opset", 14), **more,
    )
    return path


class Conv1D(nn.Module):
    """GPT-2's linear map: its weight is [inputs, outputs]."""

    def __init__(self, outputs, inputs):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(inputs, outputs) * 0.3)
        self.bias = nn.Parameter(torch.randn(outputs) * 0.1)
        self.outputs = outputs

    def forward(self, x):
        size = x.size()[:-1] + (self.outputs,)
        return torch.addmm(self.bias, x.reshape(-1, x.size(-1)), self.weight).view(size)


class Attention(nn.Module):
    def __init__(self):
        super().__init__()
        self.c_attn = Conv1D(3 * H, H)
        self.c_proj = Conv1D(H, H)

    def forward(self, x):
        b, t, _ = x.shape
        q, k, v = self.c_attn(x).split(H, dim=2)
        q, k, v = (y.view(b, t, HEADS, H // HEADS).transpose(1, 2) for y in (q, k, v))
        mask = torch.tril(torch.ones(t, t)) == 0
        scores = (q @ k.transpose(-1, -2)) * (H // HEADS) ** -0.5
        y = torch.softmax(scores.masked_fill(mask, -1e4), -1) @ v
        return self.c_proj(y.transpose(1, 2).reshape(b, t, H))


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.ln_1, self.ln_2 = nn.LayerNorm(H), nn.LayerNorm(H)
        self.attn = Attention()
        self.c_fc, self.c_proj = Conv1D(2 * H, H), Conv1D(H, 2 * H)

    def forward(self, x):
        x = x + self.attn(self.ln_1(x))
        return x + self.c_proj(torch.nn.functional.gelu(self.c_fc(self.ln_2(x))))


class Gpt2(nn.Module):
    """Fused attention, weights the other way round, and a head that is the embedding."""

    def __init__(self):
        super().__init__()
        self.wte, self.wpe = nn.Embedding(VOCABULARY, H), nn.Embedding(POSITIONS, H)
        self.h = nn.ModuleList([Block(), Block()])
        self.ln_f = nn.LayerNorm(H)

    def forward(self, input_ids):
        x = self.wte(input_ids) + self.wpe(torch.arange(input_ids.shape[1]))[None]
        for block in self.h:
            x = block(x)
        return self.ln_f(x) @ self.wte.weight.t()


class Classifier(nn.Module):
    """Two-dimensional products: Gemm with transB."""

    def __init__(self):
        super().__init__()
        self.dense, self.out_proj = nn.Linear(H, 2 * H), nn.Linear(2 * H, 3, bias=False)

    def forward(self, x):
        return self.out_proj(torch.tanh(self.dense(x)))


class Pixels(nn.Module):
    """Convolutions: of single pixels, in strides, in groups."""

    def __init__(self):
        super().__init__()
        self.expand = nn.Conv2d(3, H, 1)
        self.depthwise = nn.Conv2d(H, H, 3, padding=1, groups=H)
        self.norm = nn.BatchNorm2d(H)
        self.project = nn.Conv2d(H, 4, 1, bias=False)
        self.down = nn.Conv2d(4, 5, 3, stride=2, padding=1)

    def forward(self, x):
        return self.down(self.project(torch.relu(self.norm(self.depthwise(self.expand(x)))))).mean((2, 3))


class Branches(nn.Module):
    """A weight that only a branch takes, and one that both the graph and a branch take."""

    def __init__(self):
        super().__init__()
        self.inner = nn.Parameter(torch.randn(H, H))
        self.both = nn.Parameter(torch.randn(H, H))

    def forward(self, x):
        y = torch.matmul(x, self.both)
        if bool(x.sum() > 0):
            y = torch.matmul(y, self.inner)
        else:
            y = torch.matmul(y, self.both)
        return y


class Shared(nn.Module):
    """One module, used twice."""

    def __init__(self):
        super().__init__()
        self.layer = nn.Linear(H, H)

    def forward(self, x):
        return self.layer(torch.relu(self.layer(x)))


def half(path, name, to):
    """All floats in 16 bits, as converters do it: inputs and outputs too."""
    model = onnx.load(path)
    numbers = {onnx.TensorProto.FLOAT16: np.float16}
    for tensor in model.graph.initializer:
        if tensor.data_type == onnx.TensorProto.FLOAT:
            tensor.CopyFrom(nh.from_array(nh.to_array(tensor).astype(numbers[to]), tensor.name))
    for value in [*model.graph.input, *model.graph.output]:
        if value.type.tensor_type.elem_type == onnx.TensorProto.FLOAT:
            value.type.tensor_type.elem_type = to
    del model.graph.value_info[:]
    onnx.save(model, os.path.join(HERE, name + ".onnx"))


def constants(path, name):
    """Weights in Constant nodes, as some converters write them."""
    model = onnx.load(path)
    nodes = [oh.make_node("Constant", [], [t.name], value=t) for t in model.graph.initializer]
    del model.graph.initializer[:]
    old = list(model.graph.node)
    del model.graph.node[:]
    model.graph.node.extend(nodes + old)
    onnx.save(model, os.path.join(HERE, name + ".onnx"))


def as_inputs(path, name):
    """Initializers listed as inputs too, as all files before IR version 4."""
    model = onnx.load(path)
    for t in model.graph.initializer:
        model.graph.input.append(oh.make_tensor_value_info(t.name, t.data_type, list(t.dims)))
    model.ir_version = 3
    onnx.save(model, os.path.join(HERE, name + ".onnx"))


def fields(path, name):
    """Numbers in the older form, float_data."""
    model = onnx.load(path)
    for t in model.graph.initializer:
        if t.data_type == onnx.TensorProto.FLOAT:
            values = nh.to_array(t)
            t.CopyFrom(oh.make_tensor(t.name, t.data_type, values.shape, values.flatten().tolist()))
    onnx.save(model, os.path.join(HERE, name + ".onnx"))


def quantized(path, name):
    """The first matrix in 8 bits behind DequantizeLinear."""
    model = onnx.load(path)
    first = next(t for t in model.graph.initializer if len(t.dims) == 2)
    values = nh.to_array(first)
    scale = np.float32(np.abs(values).max() / 127)
    model.graph.initializer.remove(first)
    model.graph.initializer.extend([
        nh.from_array(np.round(values / scale).astype(np.int8), first.name + "_quantized"),
        nh.from_array(scale, first.name + "_scale"),
        nh.from_array(np.int8(0), first.name + "_zero_point"),
    ])
    node = oh.make_node(
        "DequantizeLinear", [first.name + part for part in ("_quantized", "_scale", "_zero_point")], [first.name],
    )
    model.graph.node.insert(0, node)
    onnx.save(model, os.path.join(HERE, name + ".onnx"))


def four_bits(path, name):
    """The last product packed: 4 bits a number in blocks of 16, as ONNX Runtime's quantizer has it."""
    model = onnx.load(path)
    last = next(n for n in model.graph.node if n.op_type == "MatMul")
    tensor = next(t for t in model.graph.initializer if t.name == last.input[1])
    values = nh.to_array(tensor).T  # [outputs, inputs]
    scales = (np.abs(values).max(1) / 7).astype(np.float32)
    levels = np.clip(np.round(values / scales[:, None]) + 8, 0, 15).astype(np.uint8)
    packed = (levels[:, 0::2] | (levels[:, 1::2] << 4)).reshape(values.shape[0], 1, -1)
    model.graph.initializer.remove(tensor)
    model.graph.initializer.extend([nh.from_array(packed, "out_proj.weight_Q4"), nh.from_array(scales, "out_proj.weight_scales")])
    node = oh.make_node(
        "MatMulNBits", [last.input[0], "out_proj.weight_Q4", "out_proj.weight_scales"], list(last.output),
        name="/out_proj/MatMul_Q4", domain="com.microsoft", K=values.shape[1], N=values.shape[0], bits=4, block_size=16,
    )
    at = list(model.graph.node).index(last)
    model.graph.node.remove(last)
    model.graph.node.insert(at, node)
    model.opset_import.extend([oh.make_opsetid("com.microsoft", 1)])
    onnx.save(model, os.path.join(HERE, name + ".onnx"))


def external(path, name):
    model = onnx.load(path)
    if os.path.exists(os.path.join(HERE, name + ".bin")):
        os.remove(os.path.join(HERE, name + ".bin"))  # onnx would write behind what is there
    onnx.save(
        model, os.path.join(HERE, name + ".onnx"), save_as_external_data=True, location=name + ".bin", size_threshold=0,
    )


def turned(name):
    """Gemm with every attribute that it has, and a convolution along one axis."""
    rng = np.random.default_rng(5)
    init = [
        nh.from_array(rng.normal(size=(H, 6)).astype(np.float32), "w"),
        nh.from_array(rng.normal(size=(6,)).astype(np.float32), "b"),
        nh.from_array(rng.normal(size=(4, 3, 1)).astype(np.float32), "conv.weight"),
    ]
    nodes = [
        oh.make_node("Gemm", ["x", "w", "b"], ["y"], name="/turned/Gemm", alpha=0.5, beta=2.0, transA=1),
        oh.make_node("Conv", ["z", "conv.weight"], ["c"], name="/conv/Conv", kernel_shape=[1]),
        oh.make_node("ReduceSum", ["c"], ["r"], keepdims=0),
        oh.make_node("Add", ["y", "r"], ["logits"]),
    ]
    graph = oh.make_graph(
        nodes, name,
        [
            oh.make_tensor_value_info("x", onnx.TensorProto.FLOAT, [H, "batch"]),
            oh.make_tensor_value_info("z", onnx.TensorProto.FLOAT, [2, 3, 5]),
        ],
        [oh.make_tensor_value_info("logits", onnx.TensorProto.FLOAT, ["batch", 6])], init,
    )
    model = oh.make_model(graph, opset_imports=[oh.make_opsetid("", 14)], ir_version=7)
    onnx.save(model, os.path.join(HERE, name + ".onnx"))


torch.manual_seed(1)
ids = torch.randint(0, VOCABULARY, (2, 4))
gpt2 = export(Gpt2(), "gpt2", (ids,), ["input_ids"], {"input_ids": {0: "batch", 1: "sequence"}})
rows = {"x": {0: "batch"}}
gemm = export(Classifier(), "classifier", (torch.randn(2, H),), ["x"], rows)
export(Pixels(), "pixels", (torch.randn(2, 3, 6, 6),), ["x"], rows, training=torch.onnx.TrainingMode.PRESERVE)
export(torch.jit.script(Branches()), "branches", (torch.randn(2, H),), ["x"], rows)
export(Shared(), "shared", (torch.randn(2, 3, H),), ["x"], rows)
half(gemm, "float16", onnx.TensorProto.FLOAT16)
constants(gemm, "constants")
as_inputs(gemm, "inputs")
fields(gemm, "fields")
quantized(gemm, "quantized")
four_bits(gemm, "four-bits")
external(gemm, "external")
turned("turned")
for file in sorted(os.listdir(HERE)):
    if file.endswith(".onnx"):
        onnx.checker.check_model(os.path.join(HERE, file), full_check=True)
        print(file, os.path.getsize(os.path.join(HERE, file)), file=sys.stderr)
