"""uvicorn's methods that ours override are the ones that ours were written against.

A release of uvicorn may move code into a method that `http/protocol.py`, `http/cycle.py` or
`processes/worker_process.py` overrides, and the override would silently leave it out. This test fails
then: read the new source, adapt the override, and write the new digest down. `pyproject.toml` admits no
other minor version.
"""

from __future__ import annotations

import inspect
from hashlib import sha256

import pytest
from uvicorn.protocols.http.flow_control import FlowControl
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.supervisors.multiprocess import Process

from huggg.http.connection_parts import Flow
from huggg.http.cycle import Cycle
from huggg.http.protocol import BoundedHttp
from huggg.processes.worker_process import WorkerProcess

OVERRIDDEN: dict[tuple[type, type], dict[str, str]] = {
    (BoundedHttp, HttpToolsProtocol): {
        "connection_made": "6efb565ff3d3",
        "connection_lost": "c91a4c9bf2e2",
        "data_received": "010a7ae59a5d",
        "on_message_begin": "96d377fdc7c2",
        "on_headers_complete": "1ea8589acfad",
        "on_body": "dba9c32aeba3",
        "on_message_complete": "1fbad42dc31f",
        "on_response_complete": "64e254f28e38",
        "shutdown": "d7351fa33f00",
        "pause_writing": "17a8fd215d96",
        "resume_writing": "7844bbaa8cce",
        "send_400_response": "ae5a4a3782b6",
    },
    (Cycle, RequestResponseCycle): {
        "send": "abdd8601b326",
    },
    (Flow, FlowControl): {
        "__init__": "0152d94a0407",
        "pause_writing": "93d4a08a9f2d",
        "resume_writing": "a343e8b0baf0",
        "resume_reading": "a0429d30857e",
    },
    (WorkerProcess, Process): {
        "__init__": "a8c85f799aae",
        "start": "56658f1a46a8",
        "target": "ad60ca4616de",
        "pong": "531eb588bfa5",
        "terminate": "34bb463698e7",
    },
}
"""For each class of ours and its base: the overridden methods, with digests of their source."""

PIPE = {"always_pong": "f045b1417fcf"}
"""uvicorn's method at the worker's end of the pipe; `WorkerProcess.look` is at the other end."""


def overridden(ours: type, base: type) -> dict[str, str]:
    return {
        name: digest(getattr(base, name))
        for name in vars(ours)
        if inspect.isfunction(getattr(base, name, None))
    }


def digest(function: object) -> str:
    source = inspect.getsource(function)  # type: ignore[arg-type]
    return sha256(source.encode()).hexdigest()[:12]


@pytest.mark.parametrize(("ours", "base"), OVERRIDDEN, ids=lambda each: each.__name__)
def test_no_method_that_is_overridden_has_changed(ours: type, base: type) -> None:
    assert overridden(ours, base) == OVERRIDDEN[ours, base]


def test_the_other_end_of_a_workers_pipe_has_not_changed() -> None:
    assert {name: digest(getattr(Process, name)) for name in PIPE} == PIPE
