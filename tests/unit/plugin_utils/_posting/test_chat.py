"""The messages of chat programs, in the form that each documents; see ``tests/services/published.py``."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import OptionError, PostError
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._posting.chat import CHAT_FORMATS
from ansible_collections.siptrunk.telnyx.plugins.plugin_utils._posting.posting import chat_target, post_chat
from history_models import night, recorded
from posting import Waits, report
from services.fakes import Fault, Services

ROOT = Path(__file__).parents[4]


@pytest.mark.parametrize("kind", CHAT_FORMATS)
@pytest.mark.parametrize("url", [None, "https://ci.example.com/?job=1&x=<2>"])
def test_message_is_posted_if_there_is_news(services: Services, tmp_path: Path, kind: str, url: str | None) -> None:
    target = chat_target(services.hook(kind))
    for number, drifted in enumerate((set(), set(range(30)), set(range(30)), set(range(10)), None)):
        model = recorded(tmp_path / "history", night(number, drifted))
        model["report_url"] = url
        found = report(tmp_path / "reports", model)
        action = post_chat(Waits().sender(), target, found, kind)["action"]
        assert action == ("none" if number in (0, 2) else "posted")
        if action == "none":
            continue
        assert services.problems == []
        body = services.messages[-1][1]
        if kind == "json":
            schema = jsonschema.Draft202012Validator(json.loads((ROOT / "docs/notify.schema.json").read_text()))
            assert list(schema.iter_errors(body)) == []
            assert body["link"] == url
        elif kind == "slack":
            assert body["mrkdwn"] is False
            assert not {"<", ">"} & set(body["text"])
            assert body["text"].endswith("&amp;x=&lt;2&gt;") == bool(url)
        elif kind == "text":
            assert body["text"] == found.notify_text.strip()
        else:
            card = body["attachments"][0]["content"]
            lines = [run["text"] for block in card["body"] for run in block["inlines"]]
            assert lines == [line for line in found.notify_text.split("\n") if line and not line.startswith("https")]
            assert [each["url"] for each in card.get("actions", [])] == ([url] if url else [])
    assert len(services.messages) == 3


@pytest.mark.parametrize(
    "url",
    [
        "http://chat.example.com/hooks/c4n4ry",
        "https://user:c4n4ry@chat.example.com/",
        "https://chat.example.com/c4n4ry\n",
        "https://chat.example.com/#c4n4ry",
        "ftp://chat.example.com/c4n4ry",
        "c4n4ry",
        "https://[c4n4ry/",
    ],
)
def test_address_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(OptionError) as caught:
        chat_target(url)
    assert "chat_url" in str(caught.value)
    assert "c4n4ry" not in str(caught.value)


def test_error_does_not_show_the_address(services: Services, tmp_path: Path) -> None:
    found = report(tmp_path / "reports", recorded(tmp_path / "history", night(1, {1})))
    target = chat_target(services.hook("slack"))
    echo = services.hook("slack").partition("/hooks")[2]
    services.faults = [
        Fault(400, body=f"invalid_payload {echo}"),
        Fault(200, {"Content-Type": "application/json"}, '{"success": false}'),
    ]
    with pytest.raises(PostError, match=r"HTTP 400 Bad Request: invalid_payload .* Does chat_format fit") as caught:
        post_chat(Waits().sender(), target, found, "slack")
    assert "C4N4RY" not in str(caught.value)
    with pytest.raises(PostError, match="HTTP 200"):
        post_chat(Waits().sender(), target, found, "slack")
    closed = chat_target("http://127.0.0.1:1/hooks/T0C4N4RY/secret-of-the-hook")
    waits = Waits()
    with pytest.raises(PostError, match=r"no response: Request failed: HTTP.* Are the address, the proxy") as caught:
        post_chat(waits.sender(2), closed, found, "slack")
    assert "secret-of-the-hook" not in str(caught.value)
    assert waits == [1.0, 2.0]
