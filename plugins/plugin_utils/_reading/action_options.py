# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of an action: resolved, validated, and never written into the task's arguments.

Callback plugins read and keep a task's arguments, so a key that comes from a variable must not get into them.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.errors import UnsupportedError

from ...module_utils._errors import OptionError
from ...module_utils._text import one_line
from .api_key import check_is_text
from .plain_types import to_plain
from .plugin_options import environment_value, variable_value

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ansible.template import Templar

# Of two options that exclude each other, one in the task takes precedence over a variable for the other.
_EXCLUDES = {"api_key": "api_key_file", "api_key_file": "api_key"}


class HiddenText(str):
    """Text for a module's arguments whose ``repr`` does not show it; Ansible prints that with ``ANSIBLE_DEBUG``."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'(hidden)'"


def resolve_options(
    spec: Mapping[str, Mapping[str, Any]],
    args: Mapping[str, Any],
    task_vars: Mapping[str, Any],
    templar: Templar,
    *,
    environment: bool = True,
) -> dict[str, Any]:
    """Return an action's options as plain types: each from the task, else from its variable, else from the environment.

    ``args`` are the task's arguments, which stay as they are; with ``environment`` false, the environment is not read.
    Raises :class:`OptionError`.
    """
    values = {name: value for name, value in args.items() if value is not None}
    for name in spec:
        if args.get(name) is not None or args.get(_EXCLUDES.get(name, "")) is not None:
            continue
        found = variable_value(name, task_vars, templar)
        found = environment_value(name) if found is None and environment else found
        if found is not None:
            values[name] = found
    # A float stays as it is, even NaN: check_options() checks numbers, with an error that names the option.
    plain = {name: value if isinstance(value, float) else to_plain(value) for name, value in values.items()}
    # A text is one item, whatever it holds, unless the items are words of ours. Ansible would split it at commas.
    for name, option in spec.items():
        if option.get("type") == "list" and "choices" not in option and isinstance(plain.get(name), str):
            plain[name] = [plain[name]]
    return _validated(spec, plain)


def _validated(spec: Mapping[str, Mapping[str, Any]], args: Mapping[str, Any]) -> dict[str, Any]:
    """Return the options with their types and defaults. Raises :class:`OptionError`, which quotes no value.

    A value that is refused may be a key or a password in the wrong option.
    """
    for name, value in args.items():
        if spec.get(name, {}).get("no_log"):
            check_is_text(name, value)  # Ansible would convert it to text, and that text would be sent as the key
    result = ArgumentSpecValidator(spec).validate(dict(args))
    for error in result.errors.errors:
        message = _without_values(str(error))
        if isinstance(error, UnsupportedError):
            message = f"Unsupported parameters: {message}"
        raise OptionError("options", one_line(message, 1500))
    return dict(result.validated_parameters)


def _without_values(message: str) -> str:
    """Return a message of Ansible's validation without the value that it quotes."""
    for before_value in (", got: ", ". Got no match for: "):
        message = message.partition(before_value)[0]
    return re.sub(r"(unable to convert to \w+).*", r"\1.", message, flags=re.DOTALL)
