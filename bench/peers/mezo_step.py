"""Times single steps of MeZO as one writes it in PyTorch, on request: two queries on both sides of the parameters, which move in
place, along a direction drawn four times from the same seed. Our own script, after algorithm 1 of Malladi et al., NeurIPS 2023.

usage: mezo_step.py
Each line read is a JSON object, each line written a JSON list:
{"d", "steps"}                   milliseconds of each step; the objective is a look-up in a table of random numbers
{"d", "steps", "lr", "radius"}   what is left of |x|^2 / 2 after so many steps down it, as a part of what it was
One thread, float32.
"""
import contextlib
import json
import os
import sys
import time

import torch


class Mezo:
    """One parameter, its step and its displacement."""

    def __init__(self, parameter, lr, radius):
        self.parameter, self.lr, self.radius = parameter, lr, radius
        self.generator = torch.Generator()
        self.steps = 0

    def move(self, scale):
        """parameter <- parameter + scale * z, z from this step's seed"""
        self.generator.manual_seed(self.steps)
        size = self.parameter.size()
        z = torch.normal(0.0, 1.0, size, generator=self.generator, dtype=self.parameter.dtype)
        self.parameter.add_(z, alpha=scale)

    def step(self, objective):
        self.move(self.radius)
        up = objective()
        self.move(-2 * self.radius)
        down = objective()
        self.move(self.radius)
        self.move(-self.lr * (up - down) / (2 * self.radius))
        self.steps += 1


def stopwatch(d):
    table = torch.rand(4096, dtype=torch.float64).tolist()
    calls = 0

    def objective():
        nonlocal calls
        calls += 1
        return table[calls & 4095]

    mezo = Mezo(torch.full((d,), 0.01), 1e-12, 1e-3)

    def times(steps):
        result = []
        for _ in range(steps):
            begin = time.perf_counter()
            mezo.step(objective)
            result.append(1e3 * (time.perf_counter() - begin))
        return result

    return times


def descent(d, steps, lr, radius):
    x = torch.ones(d)
    mezo = Mezo(x, lr, radius)
    for _ in range(steps):
        mezo.step(lambda: x.double().square().sum().item() / 2)
    return x.double().square().sum().item() / d


def main():
    torch.set_num_threads(1)
    torch.manual_seed(0)
    watches = {}
    for line in sys.stdin:
        ask = json.loads(line)
        if "lr" in ask:
            answer = [descent(**ask)]
        else:
            if ask["d"] not in watches:
                watches = {ask["d"]: stopwatch(ask["d"])}
            answer = watches[ask["d"]](ask["steps"])
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    with torch.no_grad(), contextlib.suppress(KeyboardInterrupt):
        main()
        sys.stdout.flush()
        os._exit(0)  # no need to wait while gigabytes are freed
