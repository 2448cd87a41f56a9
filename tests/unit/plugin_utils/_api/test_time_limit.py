"""Calls with a time limit."""

from __future__ import annotations

import contextvars
import subprocess
import sys
import threading

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import TransportError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._api.time_limit import call_within

HANGING = """
import time
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._api.time_limit import call_within
try:
    call_within(0.1, lambda: time.sleep(3600))
except TimeoutError:
    print("ended")
"""


def test_result_and_error_are_those_of_the_function() -> None:
    def fail() -> None:
        raise TransportError("No response.")

    assert call_within(30, lambda: 5) == 5
    with pytest.raises(TransportError, match="No response"):
        call_within(30, fail)


def test_function_has_the_context_variables_of_the_caller() -> None:
    variable = contextvars.ContextVar("variable", default=0)
    variable.set(7)
    assert call_within(30, variable.get) == 7


def test_function_that_takes_longer_is_abandoned() -> None:
    event = threading.Event()
    with pytest.raises(TimeoutError):
        call_within(0.01, event.wait)
    event.set()


def test_abandoned_function_does_not_delay_the_end_of_the_process() -> None:
    done = subprocess.run([sys.executable, "-c", HANGING], check=True, capture_output=True, text=True, timeout=120)
    assert done.stdout == "ended\n"
