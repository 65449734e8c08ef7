"""The suite's objective as a program: "lines" answers on stdin and stdout, "file PATH" one query. Standard library only."""
import json
import os
import signal
import subprocess
import sys
import threading
import time

VALLEY, ECHO, THROWS, SLOW, HANGS, DIES_ONCE, SUM, HANGS_ONCE = range(8)
FOLDER = os.environ["RELIZO_TEST_FOLDER"]


def note(name, text):
    with open(os.path.join(FOLDER, name), "a") as file:
        file.write(text)


def answer(x, batch):
    note("calls", "+")
    try:
        return behave(x, batch)
    finally:
        note("calls", "-")


def behave(x, batch):
    if batch == VALLEY:
        return valley(x)
    if batch == THROWS:
        raise ValueError("no value at %g" % x[0])
    if batch == SUM:
        total = 0.0
        for value in x:
            total += value
        return total
    if batch == SLOW:
        time.sleep(x[0] / 1000)
    if batch == HANGS or (batch == HANGS_ONCE and is_first(x[0])):
        note("pids", "%d\n%d\n" % (os.getpid(), subprocess.Popen(["sleep", "1000"]).pid))
        time.sleep(1e6)
    if batch == DIES_ONCE and is_first(x[0]):
        os.kill(os.getpid(), signal.SIGKILL)
    return x[0]


def valley(x):
    total = 0.0
    for here, after in zip(x, x[1:]):
        bend, off = after - here * here, 1 - here
        total += 100 * (bend * bend) + off * off
    return total


def is_first(value):
    mark = os.path.join(FOLDER, "seen-%g" % value)
    if os.path.exists(mark):
        return False
    open(mark, "w").close()
    return True


def serve(line):
    task = json.loads(line)
    try:
        said = {"id": task["id"], "value": answer([float(v) for v in task["x"]], task["batch"])}
    except Exception as error:
        said = {"id": task["id"], "error": str(error)}
    sys.stdout.write(json.dumps(said) + "\n")  # at once: print writes the end of the line by itself
    sys.stdout.flush()


if sys.argv[1] == "lines":
    for line in sys.stdin:  # each in a thread of its own: slow ones are overtaken
        threading.Thread(target=serve, args=(line,), daemon=True).start()
else:
    with open(sys.argv[2]) as file:
        print("this line is not the last one")
        print(repr(answer([float(v) for v in json.load(file)], int(os.environ["RELIZO_BATCH"]))))
