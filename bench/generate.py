"""
How long ``tallystick generate`` takes, and how much memory, step by step.

``python bench/generate.py 1000 5000`` makes so many SLOs in one folder, two to a service, and prints a table. Each number
is measured in a process of its own, so that the peak of memory is that number's, and in one alone, where the command uses two.
CPU is that of the whole process, its start and a second write included; on a busy machine it is the figure to compare. Beside
Sloth's, the command as a whole is timed by ``sloth.py``.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import orjson

from tallystick.definition.load import load_paths
from tallystick.generate.output import write
from tallystick.generate.render import chunks, services_of
from tallystick.generate.resolved import Resolver
from tallystick.generate.shapes import RuleFile, Shapes

STEPS = ("load", "resolve", "shapes", "text", "write", "again")
DEFINITION = """\
apiVersion: tallystick/v1
service: service-{number:05d}
description: One of many.
team: team-{team}
tier: 2
labels: {{env: prod}}
links: {{runbook: "https://runbooks.example.com/service-{number:05d}"}}
slos:
  - name: availability
    description: Requests are answered without a server error.
    objective: 99.9%
    window: 30d
    sli:
      events:
        total: http_requests_total{{job="service-{number:05d}"}}
        bad: http_requests_total{{job="service-{number:05d}",code=~"5.."}}
  - name: latency
    description: Requests are answered within 300 ms.
    objective: 99%
    window: 28d
    sli:
      latency:
        histogram: http_request_duration_seconds{{job="service-{number:05d}"}}
        threshold: 300ms
"""


def measure(count: int) -> dict[str, float]:
    """Seconds of each step for *count* SLOs, and megabytes at the peak and on disk."""
    found: dict[str, float] = {}
    os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})  # one processor: no second process

    def step(name: str, work: Callable[..., Any], *arguments: Any) -> Any:
        start = time.perf_counter()
        result = work(*arguments)
        found[name] = found.get(name, 0) + time.perf_counter() - start
        return result

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for number in range(count // 2):
            text = DEFINITION.format(number=number, team=number % 20)
            (folder / f"{number:05d}.yaml").write_text(text)
        loaded = step("load", load_paths, [folder])
        assert len(loaded.slos) == count, loaded.errors[:3]
        resolver = step("resolve", Resolver, loaded.slos, time.time())
        shapes = Shapes({})
        files: dict[str, bytes] = {}
        for chunk in chunks(services_of(loaded.slos)):
            resolved = step("resolve", lambda some: [resolver.of(slo) for slo in some], chunk)
            made: list[tuple[str, RuleFile]] = step("shapes", lambda some: list(shapes.files(some)), resolved)
            files |= {f"rules/{name}.yaml": step("text", lambda file: file.text.encode(), file) for name, file in made}
        step("write", write, folder / "out", files, ["rules"])
        step("again", write, folder / "out", files, ["rules"])
    found["CPU"] = time.process_time()
    found["total"] = sum(found[name] for name in STEPS[:-1])
    found["peak MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    found["output MB"] = sum(map(len, files.values())) / 1e6
    return found


def main() -> None:
    """Measure each number of SLOs that was asked for, and print one table."""
    counts = [int(text) for text in sys.argv[1:]] or [1_000]
    columns = (*STEPS, "total", "CPU", "peak MB", "output MB")
    print("SLOs".rjust(8), *(name.rjust(10) for name in columns))
    for count in counts:
        command = [sys.executable, __file__, "--one", str(count)]
        done = subprocess.run(command, capture_output=True, check=True)
        found = orjson.loads(done.stdout)
        print(f"{count:8}", *(f"{found[name]:10.2f}" for name in columns), flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        print(orjson.dumps(measure(int(sys.argv[2]))).decode())
    else:
        main()
