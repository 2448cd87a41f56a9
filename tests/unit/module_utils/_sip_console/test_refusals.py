"""What the consoles answer when they refuse a command, as the real programs printed it."""

from __future__ import annotations

import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._sip_console.refusals import listing_refusal, refusal

REFUSED = [
    "error: 500 - command uac.reg_reload not found\n",
    "error: 500 - Failed to shift records - check log messages\n",
    "error: 404 - Record not found\n",
    "-ERR no such gateway.\n",
    "-ERR nosuchcommand Command not found!\n",
    "Invalid Profile [nosuch]",
    "+OK [[error near line 71]: unexpected closing tag </gateway>]\n\n",
    "Reload XML [[error near line 71]: unexpected closing tag </gateway>]\n+OK scan complete\n\n",
    "No such command 'pjsip show registrations' (type 'core show help pjsip' for other possible commands)\n",
    "No such module 'res_pjsip.so'\n",
    "Unable to retrieve registration nosuch\nCommand 'pjsip send register nosuch' failed.\n",
    "A module reload request is already in progress; please be patient\n",
    "Module 'res_pjsip.so' does not support reloading\n",
]
DONE = [
    "",
    "Module 'res_pjsip.so' reloaded successfully.\n",
    "Reload XML [Success]\n+OK scan complete\n\n",
    "+OK [Success]\n",
    "+OK gateway marked for deletion.\n",
]


@pytest.mark.parametrize("output", REFUSED)
def test_refused_command_is_quoted_in_one_line(output: str) -> None:
    assert refusal(True, output) == " ".join(output.split())


@pytest.mark.parametrize("output", DONE)
def test_command_that_was_done_is_no_refusal(output: str) -> None:
    assert refusal(True, output) == ""
    assert refusal(False, output) == (" ".join(output.split()) or "the command printed no reason")


def test_listing_is_not_quoted_and_its_values_are_no_refusal() -> None:
    listing = "{\n\tauth_password: already in progress\nerror\n}\n"
    assert listing_refusal(True, listing) == ""
    assert listing_refusal(False, listing) == "{"
    assert listing_refusal(True, "error: 500 - command x not found\nsecret\n") == "error: 500 - command x not found"
