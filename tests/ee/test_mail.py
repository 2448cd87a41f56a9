"""docs/notifications/mail.yml with the real community.general.mail, which the package ansible brings, and an SMTP server."""

from __future__ import annotations

import contextlib
import email
import email.policy
import json
import shutil
import socketserver
import threading
from pathlib import Path

from ee.commands import ROOT, run


class Mailbox(socketserver.StreamRequestHandler):
    """As much of SMTP as a client needs to send a mail; ``server.mails`` has their lines."""

    def handle(self) -> None:
        with contextlib.suppress(ConnectionError):
            self.talk()

    def talk(self) -> None:
        self.wfile.write(b"220 test\r\n")
        while line := self.rfile.readline():
            if line.upper().startswith(b"DATA"):
                self.wfile.write(b"354 go on\r\n")
                lines = iter(self.rfile.readline, b".\r\n")
                self.server.mails.append(b"".join(lines).decode())  # type: ignore[attr-defined]
            if line.upper().startswith(b"QUIT"):
                self.wfile.write(b"221 bye\r\n")
                return
            self.wfile.write(b"250 ok\r\n")


def test_mail_has_the_summary_if_there_is_news(tmp_path: Path) -> None:
    shutil.copy(ROOT / "docs" / "notifications" / "mail.yml", tmp_path)
    folder = tmp_path / "telnyx-reports" / "drift"
    folder.mkdir(parents=True)
    (folder / "summary.txt").write_text("Drift check: drift: 1 drifted\n- {{ 6 * 7 }}: active true -> false\n")
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Mailbox) as server:
        server.mails = []  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        host = {
            "check": "drift",
            "mail_host": "127.0.0.1",
            "mail_port": server.server_address[1],
            "mail_to": "noc@example.com",
        }
        for news in (True, False):
            (folder / "summary.json").write_text(json.dumps({"news": news, "status": "drift"}))
            run(tmp_path, "ansible-playbook", "mail.yml", "-e", json.dumps(host))
        server.shutdown()
        (mail,) = server.mails  # type: ignore[attr-defined]
    message = email.message_from_string(mail, policy=email.policy.default)
    assert (message["Subject"], message["To"]) == ("Telnyx: drift check: drift", "noc@example.com")
    body = message.get_body()
    assert body
    assert "- {{ 6 * 7 }}: active true -> false" in body.get_content()
