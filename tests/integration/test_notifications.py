"""The examples of docs/notifications: a chat by ansible.builtin.uri, mail, and issues by stand-ins of gh and glab."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from sandbox.process import SandboxProcess

from playbooks import Run

NOTIFICATIONS = Path(__file__).parents[2] / "docs" / "notifications"
# Writes its arguments, one call a line, and answers a search with the number of the open issue.
STAND_IN = """#!/usr/bin/env python3
import json, os, sys
folder = os.path.dirname(os.path.abspath(__file__))
with open(folder + "/calls", "a") as calls:
    calls.write(json.dumps(sys.argv[1:]) + "\\n")
issue = open(folder + "/issue").read()
if sys.argv[2] == "list":
    print(issue if sys.argv[0].endswith("gh") else json.dumps([{"iid": 7}] if issue else []))
"""


@pytest.fixture
def chat() -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """A chat's webhook: its address, and what was posted to it."""
    posted: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            posted.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}/services/s3cr3t-token", posted
        server.shutdown()


def test_chat_gets_each_news_once_and_never_shows_its_address(
    ansible: Callable[..., Run], sandbox: SandboxProcess, tmp_path: Path, chat: tuple[str, list[dict[str, Any]]]
) -> None:
    url, posted = chat
    sandbox.reset(
        connections=2, overrides=[{"connection_name": "<!channel>", "sip_uri_calling_preference": "unrestricted"}]
    )
    for _night in range(2):
        ansible("ansible-playbook", "siptrunk.telnyx.policy_check")
        run = ansible(
            "ansible-playbook",
            str(NOTIFICATIONS / "chat.yml"),
            "-e",
            "check=policy",
            "-vvv",
            env={"TELNYX_CHAT_URL": url},
        )
        assert run.exit_code == 0, run.output
        assert "s3cr3t-token" not in run.output
    (message,) = posted  # the second night has no news
    assert "&lt;!channel&gt;" in message["text"]
    assert "<" not in message["text"]


@pytest.mark.parametrize(("script", "program"), [("github-issue.sh", "gh"), ("gitlab-issue.sh", "glab")])
def test_issue_is_opened_commented_and_closed(script: str, program: str, tmp_path: Path) -> None:
    stand_in = tmp_path / "bin" / program
    stand_in.parent.mkdir()
    stand_in.write_text(STAND_IN)
    stand_in.chmod(0o755)
    folder = tmp_path / "telnyx-reports" / "drift"
    folder.mkdir(parents=True)
    (folder / "summary.txt").write_text("drift: 1 drifted\n# `Berlin`: active true -> false\n")

    def calls(*, news: bool, status: str, issue: str) -> list[list[str]]:
        (folder / "summary.json").write_text(json.dumps({"news": news, "status": status}))
        (stand_in.parent / "issue").write_text(issue)
        (stand_in.parent / "calls").write_text("")
        env = {**os.environ, "PATH": f"{stand_in.parent}:{os.environ['PATH']}"}
        subprocess.run([str(NOTIFICATIONS / script), "drift"], cwd=tmp_path, env=env, check=True, capture_output=True)
        return [json.loads(line) for line in (stand_in.parent / "calls").read_text().splitlines()]

    assert calls(news=False, status="drift", issue="7") == []
    opened = calls(news=True, status="drift", issue="")
    assert [each[:2] for each in opened] == [["issue", "list"], ["issue", "create"]]
    assert "    # `Berlin`: active true -> false" in "\n".join(opened[1])
    commented = calls(news=True, status="error", issue="7")
    assert [each[1] for each in commented] == ["list", "comment" if program == "gh" else "note"]
    closed = calls(news=True, status="in_sync", issue="7")
    assert [each[1] for each in closed][-1] == "close"
    assert [each[1] for each in calls(news=True, status="in_sync", issue="")] == ["list"]
