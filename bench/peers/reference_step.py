"""Times single steps of the published PyTorch optimizer, on request. Our own script: the optimizer is imported from the
path given, and nothing of it is kept here.

usage: reference_step.py PATH/relizo.py
Each line read is a JSON object {"mode", "d", "n", "steps"}; each line written is a JSON list, milliseconds of each step.
One thread, float32, the objective a look-up in a table of random numbers.
"""
import contextlib
import importlib.util
import json
import os
import sys
import time

import torch

MODES = {
    "no reuse": dict(reuse_distance_bound=0.0, orthogonal_sample=False),
    "reuse 50 %": dict(reuse_distance_bound=1e9, max_reuse_rate=0.5, orthogonal_sample=False),
    "orthogonal": dict(reuse_distance_bound=0.0, orthogonal_sample=True),
}


def load(path):
    spec = importlib.util.spec_from_file_location("reference", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    module.print = lambda *args, **kwargs: None  # it prints a line on every step that reuses samples
    return module.LIZO


def stopwatch(optimizer_class, mode, d, n):
    table = torch.rand(4096, dtype=torch.float64).tolist()
    calls = 0

    def objective():
        nonlocal calls
        calls += 1
        return table[calls & 4095]

    parameter = torch.nn.Parameter(torch.zeros(d))
    optimizer = optimizer_class([parameter], lr=1e-12, num_sample_per_step=n, sample_norm=1e-5, **MODES[mode])

    def times(steps):
        result = []
        for _ in range(steps):
            begin = time.perf_counter()
            optimizer.step(objective)
            result.append(1e3 * (time.perf_counter() - begin))
        return result

    return times


def main():
    torch.set_num_threads(1)
    torch.manual_seed(0)
    optimizer_class = load(sys.argv[1])
    watches = {}
    dimension = None
    for line in sys.stdin:
        ask = json.loads(line)
        if ask["d"] != dimension:
            watches.clear()
            dimension = ask["d"]
        key = (ask["mode"], ask["n"])
        if key not in watches:
            watches[key] = stopwatch(optimizer_class, ask["mode"], ask["d"], ask["n"])
        print(json.dumps(watches[key](ask["steps"])), flush=True)


if __name__ == "__main__":
    with contextlib.suppress(KeyboardInterrupt):
        main()
        sys.stdout.flush()
        os._exit(0)  # no need to wait while gigabytes are freed
