# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The options of a plugin on the controller, as Ansible resolves them, and its errors.

A lookup runs in a new process for each host and task. Each of them imports this file and what it imports at its top, so
both are small.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ansible import constants as C
from ansible.errors import AnsibleError
from ansible.utils.display import Display

from .argument_spec import ENV, GROUPS, KEY_OPTIONS, OPTIONS, default

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from ansible.plugins import AnsiblePlugin

display = Display()

# The options that a variable can set, and what its name begins with, before the name of the option.
VARS_PREFIX = "telnyx_"
FROM_VARS = tuple(name for name, option in OPTIONS.items() if option.get("variable"))

# The ways to set an API key where variables count as well; and where no snapshot file can take the place of the API.
API_KEY_HINT = (
    "Set the option api_key or api_key_file, the variable telnyx_api_key or telnyx_api_key_file, or the environment variable"
    " TELNYX_API_KEY or TELNYX_API_KEY_FILE."
)
KEY_HINT = f"{API_KEY_HINT[:-1]}; without a key, set snapshot_file."

LOOKUP_GROUPS = ("access", "limits", "snapshot", "listing", "cache", "terms")


def warn(message: object) -> None:
    """Show a warning of the collection."""
    from ...module_utils._text import prefixed

    display.warning(prefixed(message))


def define_options(kind: str, name: str, **own: dict[str, Any]) -> None:
    """Define the options of a plugin in Ansible's configuration: those of :data:`LOOKUP_GROUPS`, and its ``own``.

    Without this, Ansible reads them from the plugin's documentation in every process. Parsing that YAML takes longer than
    everything else that a lookup does.
    """
    definitions: dict[str, dict[str, Any]] = {}
    for option, spec in [(option, GROUPS[group][option]) for group in LOOKUP_GROUPS for option in GROUPS[group]]:
        definitions[option] = {key: spec[key] for key in ("type", "elements", "choices", "default") if key in spec}
        if "env" in spec:
            definitions[option]["env"] = [{"name": spec["env"]}]
        if spec.get("variable"):
            definitions[option]["vars"] = [{"name": VARS_PREFIX + option}]
    full_name = f"ansible_collections.siptrunk.telnyx.plugins.{kind}.{name}"  # the name that the plugin loader uses
    C.config.initialize_plugin_configuration_definitions(kind, full_name, {**definitions, **own})


@contextmanager
def errors_as(kind: type[AnsibleError]) -> Iterator[None]:
    """Raise the collection's errors as one of Ansible's, without a cause, which Ansible would show as a traceback at -vvv."""
    try:
        yield
    except AnsibleError:
        raise
    except Exception as exc:
        from ...module_utils._errors import TelnyxError
        from ...module_utils._text import prefixed

        if isinstance(exc, TelnyxError):
            raise kind(prefixed(exc)) from None
        raise


def variable_value(option: str, variables: Mapping[str, Any], templar: Any) -> Any:
    """Return the value of an option's variable, or ``None`` if it is not set.

    An empty variable is not set. But ``telnyx_api_key`` is then an empty text, which is refused later: another account's key
    would take its place.
    """
    name = VARS_PREFIX + option
    if option not in FROM_VARS or name not in variables:
        return None
    # Ansible passes variables without templating them: `telnyx_api_key: "{{ vault_key }}"` would come as that text.
    try:
        value = decrypted(templar.template(variables[name]))
    except AnsibleError as exc:
        from ...module_utils._errors import OptionError
        from ...module_utils._text import one_line

        raise OptionError(name, f"cannot be evaluated: {one_line(exc)}") from None
    if value is None or value == "":
        return "" if option == "api_key" else None
    return None if _is_omitted(value, variables) else value


def environment_value(option: str) -> str | None:
    """Return the value of an option's environment variable, or ``None`` if it has none, or it is not set or empty."""
    return os.environ.get(ENV[option]) or None if option in ENV else None


def decrypted(value: Any) -> Any:
    """Return the text of an inline vaulted value, which keeps a class of its own before ansible-core 2.19; others as they are."""
    return str(value) if type(value).__name__ == "AnsibleVaultEncryptedUnicode" else value


def given_options(direct: Mapping[str, Any], variables: Mapping[str, Any] | None) -> dict[str, Any]:
    """Return the options of a call without those that ``default(omit)`` leaves out. Ansible does not do so for lookups."""
    return {name: decrypted(value) for name, value in direct.items() if not _is_omitted(value, variables or {})}


def _is_omitted(value: Any, variables: Mapping[str, Any]) -> bool:
    # A text before ansible-core 2.19, then an object of a class that is not public.
    return type(value).__name__.endswith("OmitType") or (isinstance(value, str) and value == variables.get("omit"))


def read_values(
    plugin: AnsiblePlugin, templar: Any, variables: Mapping[str, Any] | None, direct: dict[str, Any]
) -> dict[str, Any]:
    """Return the values of the plugin's options by Ansible's own rules.

    The options in ``direct`` take precedence over variables, those over the environment, and that over the default.
    Raises :class:`OptionError` for an unknown name, because without a misspelt filter everything would be listed; for an API
    key that is not text, because the error of ansible-core 2.16 would quote it; and for a value that is not one of the choices.
    """
    found = {VARS_PREFIX + name: variable_value(name, variables or {}, templar) for name in FROM_VARS}
    given = {name: value for name, value in found.items() if value is not None}
    _check_key_is_text({**given, **direct})
    try:
        plugin.set_options(var_options=given, direct=direct)
    except AnsibleError as exc:
        raise _choice_error(plugin, {**direct, **given}) or exc from None
    values: dict[str, Any] = plugin.get_options()
    check_names(direct, values)
    forget_empty_environment(values, {*direct, *given})
    return values


def forget_empty_environment(values: dict[str, Any], given: Collection[str]) -> None:
    """Give the default to each option whose value is an empty environment variable, which Ansible takes for a value.

    ``given`` are the names of the options and variables that are set otherwise.
    """
    for option, name in ENV.items():
        if os.environ.get(name) == "" and option not in given and VARS_PREFIX + option not in given:
            values[option] = default(option)


def _check_key_is_text(given: Mapping[str, Any]) -> None:
    names = [name for option in KEY_OPTIONS for name in (VARS_PREFIX + option, option)]
    wrong = [name for name in names if given.get(name) is not None and not isinstance(given[name], str)]
    if wrong:
        from .api_key import check_is_text

        for name in wrong:
            check_is_text(name, given[name], KEY_HINT)


def _choice_error(plugin: AnsiblePlugin, given: Mapping[str, Any]) -> Exception | None:
    """Return an error that names the choices, if a value is none of them: not every ansible-core names them."""
    for option, definition in plugin.option_definitions.items():
        for name in (option, VARS_PREFIX + option):
            choices = definition.get("choices")
            if choices and given.get(name) is not None and given[name] not in choices:
                from ...module_utils._errors import OptionError

                return OptionError(name, f"must be one of {', '.join(choices)}, not {given[name]!r}.")
    return None


def check_names(names: Iterable[str], known: Collection[str]) -> None:
    """Raise :class:`OptionError` for a name that is not the name of an option; the error suggests a similar one."""
    for name in names:
        if name not in known:
            from ...module_utils._errors import OptionError
            from ...module_utils._text import did_you_mean

            raise OptionError(name, "there is no such option.", did_you_mean(name, known))


def flat_terms(terms: Any, option: str = "_terms") -> list[str]:
    """Return terms as a flat list of strings. A number is accepted as an id that was not quoted.

    Raises :class:`OptionError` with the name of the ``option`` for anything that cannot be a term.
    """
    flat: list[str] = []
    for given in terms:
        term = decrypted(given)
        if isinstance(term, (list, tuple)):
            flat += flat_terms(term, option)
        elif isinstance(term, (str, int)) and not isinstance(term, bool):
            flat.append(str(term))
        else:
            from ...module_utils._errors import OptionError

            kind = type(term).__name__
            raise OptionError(option, f"each must be an id, a user name or a connection name, not {kind}.")
    return flat
