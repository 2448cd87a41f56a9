#!/usr/bin/python
# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Module that registers with new files of a SIP program before they are used."""

from __future__ import annotations

DOCUMENTATION = r"""
module: sip_config_preflight
short_description: Register with new files of a SIP program before they are used
version_added: 0.1.0
description:
  - Starts the SIP program of the managed node apart, with a temporary folder and free ports of its own, and lets it register with the
    given files. The program that runs already is neither stopped nor reloaded, and no file outside the temporary folder is written.
  - The module fails unless every account of O(accounts) registers. The failure lists the others, each with what the registrar answered.
  - Ends the program and removes the folder in any case, also if the module is interrupted or killed. The program removes its own
    registrations before that; if the module is killed with SIGKILL, they may remain at the registrar until they expire.
  - A registrar that keeps one registration of each account, as Telnyx does by default, forgets the registration of the program that runs.
    So the module finally asks that program to register again (O(console_command)).
  - Every call to the program is refused meanwhile.
author:
  - The siptrunk.telnyx contributors (@siptrunk)
attributes:
  check_mode:
    description: Nothing is started, and the result says so.
    support: full
  diff_mode:
    description: There is no difference, because nothing is changed.
    support: none
options:
  program:
    description: The SIP program.
    type: str
    required: true
    choices: [asterisk, freeswitch, kamailio, baresip]
  files:
    description:
      - The content of each file, in Base64, by the file's name, as the role P(siptrunk.telnyx.sip_config#role) renders them.
      - One of O(files) and O(files_variable) is required. Callback plugins can read O(files), like all arguments of a task, so use
        O(files_variable).
    type: dict
  files_variable:
    description:
      - The name of a variable that has the value of O(files). It is evaluated on the controller, and its content is not part of the
        task's arguments.
    type: str
  accounts:
    description: The user names of the accounts that must register.
    type: list
    elements: str
    required: true
  registrar:
    description:
      - The registrar that the files name, or their outbound proxy, as C(host:port). It is used to find the address of this host towards
        the registrar.
    type: str
    required: true
  transport:
    description: The SIP transport of the files.
    type: str
    choices: [udp, tcp, tls]
    default: udp
  ca_file:
    description: The file with the CA certificates that the registrar's certificate is verified with, with O(transport=tls).
    type: path
  dest:
    description:
      - The folder that the files are meant for. The module reads in it where the program's modules are, if the C(asterisk.conf) of Asterisk
        or the C(config) of baresip says so.
    type: path
    required: true
  executable:
    description:
      - The path of the program. By default it is searched for in C(PATH) and in the usual directories, such as C(/usr/sbin) and
        C(/usr/local/freeswitch/bin).
    type: path
  owner:
    description: The user that the program runs as, if the module runs as root. By default the module's user.
    type: str
  timeout:
    description: How many seconds the accounts have to register, counted from when the program has started.
    type: int
    default: 30
  console_command:
    description:
      - The command of the running program's console, to which a command for the console is added as the last argument (Kamailio,
        arguments). The accounts that have registered are registered again with it. A failure is ignored.
      - By default C(asterisk -rx), C(fs_cli -x) or C(kamcmd). baresip has no console.
    type: str
  profile:
    description: The Sofia profile of the running FreeSWITCH that has the gateways.
    type: str
    default: external
"""

EXAMPLES = r"""
- name: Register with the accounts of baresip before they are used
  siptrunk.telnyx.sip_config_preflight:
    program: baresip
    dest: ~/.baresip
    accounts: [alice01]
    registrar: sip.telnyx.com:5060
    files_variable: baresip_files
"""

RETURN = r"""
registered:
  description: The user names of the accounts that registered.
  returned: if the program was started
  type: list
  elements: str
  sample: [alice01]
not_registered:
  description: The accounts that did not register.
  returned: if an account did not register
  type: list
  elements: dict
  contains:
    user_name:
      description: The user name.
      type: str
      sample: bob02
    answer:
      description: What the registrar answered, or why there is no answer.
      type: str
      sample: 403 Forbidden
"""

import select
import signal
from typing import Any

from ansible.module_utils.basic import AnsibleModule
from ansible_collections.siptrunk.telnyx.plugins.module_utils._console.console import CONSOLE_COMMANDS, Console
from ansible_collections.siptrunk.telnyx.plugins.module_utils._console.reload import refresh_registrations
from ansible_collections.siptrunk.telnyx.plugins.module_utils._encoded_files import decoded_files
from ansible_collections.siptrunk.telnyx.plugins.module_utils._errors import SipConfigError
from ansible_collections.siptrunk.telnyx.plugins.module_utils._file_replacement import read_regular
from ansible_collections.siptrunk.telnyx.plugins.module_utils._preflight.preflight import (
    Outcome,
    Request,
    preflight,
)
from ansible_collections.siptrunk.telnyx.plugins.module_utils._preflight.process import StartError
from ansible_collections.siptrunk.telnyx.plugins.module_utils._sip.registrar_answers import refusal_message
from ansible_collections.siptrunk.telnyx.plugins.module_utils._sip.settings import PORTS, host_and_port

UNCHANGED = "Nothing was written."


class Interrupted(BaseException):
    """The module got a signal that ends it."""


def interrupt(number: int, _frame: object) -> None:
    """Raise :class:`Interrupted`, and ignore further signals, so that the clean-up is not interrupted."""
    for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(each, signal.SIG_IGN)
    raise Interrupted(number)


def check_output_is_read() -> None:
    """Raise :class:`Interrupted` if nobody reads the module's output any more: Ansible has ended, or the connection has."""
    poll = select.poll()
    poll.register(1, 0)
    if any(event & (select.POLLERR | select.POLLHUP) for _descriptor, event in poll.poll(0)):
        interrupt(signal.SIGHUP, None)


def check_ca_file(module: AnsibleModule, path: str) -> None:
    """Fail if the file cannot be read or holds no certificate: not every program says so."""
    try:
        content = read_regular(path)
    except OSError as exc:
        module.fail_json(msg=f"ca_file: {path}: {exc.strerror}. {UNCHANGED}")
    if content is None:
        module.fail_json(msg=f"ca_file: {path} does not exist. {UNCHANGED}")
    if b"-----BEGIN " not in content:
        module.fail_json(msg=f"ca_file: {path} holds no certificate in the PEM format. {UNCHANGED}")


def request_of(module: AnsibleModule) -> Request:
    """Return the checked options. Fails if one is invalid."""
    params = module.params
    try:
        registrar = host_and_port("registrar", params["registrar"], PORTS[params["transport"]])
        files = decoded_files(params["files"])
    except SipConfigError as exc:
        module.fail_json(msg=f"{exc} {UNCHANGED}")
    if params["timeout"] < 1:
        module.fail_json(msg=f"timeout: must be at least 1. {UNCHANGED}")
    if params["transport"] == "tls" and not params["ca_file"]:
        module.fail_json(msg=f"ca_file: is required with TLS. {UNCHANGED}")
    if params["transport"] == "tls":
        check_ca_file(module, params["ca_file"])
    names = ("program", "accounts", "transport", "dest", "ca_file", "executable", "owner", "timeout")
    options = {name: params[name] for name in names}
    return Request(files=files, registrar=registrar, check=check_output_is_read, **options)


def result_of(request: Request, outcome: Outcome) -> dict[str, Any]:
    """Return the result of the module, with ``msg`` if an account did not register."""
    result: dict[str, Any] = {"changed": False, "registered": outcome.registered}
    if outcome.answers:
        host, port = request.registrar
        result["not_registered"] = [{"user_name": user, "answer": answer} for user, answer in outcome.answers.items()]
        result["msg"] = refusal_message(outcome.answers.items(), len(request.accounts), f"{host}:{port}")
    return result


def main() -> None:
    """Run the module."""
    module = AnsibleModule(
        argument_spec={
            "program": {"type": "str", "required": True, "choices": ["asterisk", "freeswitch", "kamailio", "baresip"]},
            "files": {"type": "dict", "no_log": True},
            "files_variable": {"type": "str"},  # the action plugin evaluates it
            "accounts": {"type": "list", "elements": "str", "required": True},
            "registrar": {"type": "str", "required": True},
            "transport": {"type": "str", "choices": ["udp", "tcp", "tls"], "default": "udp"},
            "ca_file": {"type": "path"},
            "dest": {"type": "path", "required": True},
            "executable": {"type": "path"},
            "owner": {"type": "str"},
            "timeout": {"type": "int", "default": 30},
            "console_command": {"type": "str"},
            "profile": {"type": "str", "default": "external"},
        },
        supports_check_mode=True,
    )
    request = request_of(module)
    if module.check_mode:
        module.exit_json(changed=False, msg="The preflight was not run, because this is check mode.")
    if not request.accounts:
        module.exit_json(changed=False, registered=[], msg="There is no account to register.")
    outcome = Outcome()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    try:
        try:
            preflight(request, outcome)
        finally:
            if request.program in CONSOLE_COMMANDS:
                prefix = module.params["console_command"] or CONSOLE_COMMANDS[request.program]
                refresh_registrations(Console(request.program, prefix), outcome.displaced, module.params["profile"])
    except StartError as exc:
        module.fail_json(msg=f"{request.program} could not test the new files: {exc}. {UNCHANGED}", registered=[])
    except OSError as exc:
        module.fail_json(
            msg=f"{request.program} could not test the new files: {exc.strerror or exc}. {UNCHANGED}", registered=[]
        )
    except Interrupted:
        module.fail_json(msg=f"The preflight was interrupted. {UNCHANGED}", registered=outcome.registered)
    result = result_of(request, outcome)
    if outcome.answers:
        module.fail_json(**result)
    module.exit_json(**result)


if __name__ == "__main__":
    main()
