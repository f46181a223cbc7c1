"""How ``tallystick demo fault`` finds the demo that runs: a file in a folder of this user's."""

import json
import os
import tempfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from tallystick.errors import DemoError

_NONE_RUNS = "no demo is running; start one with: tallystick demo"


@dataclass(frozen=True, slots=True)
class DemoState:
    """
    A running demo.

    Attributes:
        pid: of the demo itself.
        folder: where its files are.
        prometheus: address.
        alertmanager: address.
        exporter: address.
        webhook: address.
        services: address of each service of the shop.
        children: process id of each part.
    """

    pid: int
    folder: str
    prometheus: str
    alertmanager: str
    exporter: str
    webhook: str
    services: Mapping[str, str]
    children: Mapping[str, int]


def state_path() -> Path:
    """The file: in ``$XDG_RUNTIME_DIR``, which is this user's alone, else in the temporary folder under this user's id."""
    runtime = os.environ.get("XDG_RUNTIME_DIR")
    if runtime and Path(runtime).is_dir():
        return Path(runtime) / "tallystick-demo.json"
    return Path(tempfile.gettempdir()) / f"tallystick-demo-{os.getuid()}.json"


def write_state(state: DemoState) -> None:
    """Note down *state* as the demo that runs."""
    path = state_path()
    descriptor, scratch = tempfile.mkstemp(dir=path.parent, prefix=path.name)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(asdict(state), file)
    Path(scratch).replace(path)


def read_state() -> DemoState:
    """
    Find the demo that runs.

    Raises:
        DemoError: there is none.
    """
    path = state_path()
    try:
        if path.stat().st_uid != os.getuid():
            raise DemoError(f"{path} is not yours; it is not believed")
        state = DemoState(**json.loads(path.read_text(encoding="utf-8")))
        os.kill(state.pid, 0)
    except (OSError, ValueError, TypeError) as fault:
        raise DemoError(_NONE_RUNS) from fault
    return state


def remove_state(pid: int) -> None:
    """Remove the file if it is still about the demo *pid*: another one may have been started since."""
    try:
        if read_state().pid == pid:
            state_path().unlink(missing_ok=True)
    except DemoError:
        return
