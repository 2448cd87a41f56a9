# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""Parameters of the user's own, for all accounts or for one, by the section of the program's files that they belong to."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from ...module_utils._errors import SipConfigError
from ...module_utils._text import did_you_mean, one_line
from .escaping import ESCAPES

# By section and name: the values as text. Only Asterisk has parameters with several values, such as set_var; the second
# text of a variable of FreeSWITCH is its direction, or empty.
Extra = dict[str, dict[str, list[str]]]

SECTIONS: dict[str, tuple[str, ...]] = {
    # The prefixes of Asterisk's PJSIP configuration wizard; "wizard" stands for its parameters without a prefix.
    "asterisk": (
        "wizard", "endpoint", "aor", "registration", "identify", "inbound_auth", "outbound_auth", "phoneprov", "transport",
    ),
    "freeswitch": ("params", "variables"),
    "kamailio": ("columns",),
    "baresip": ("parameters",),
}  # fmt: skip

# The columns of Kamailio's table uacreg that are free, and whether each is a number.
_COLUMNS = {"realm": False, "expires": True, "flags": True, "reg_delay": True, "contact_addr": False, "socket": False}

# What the account says: user, password, registrar, transport, and that it registers.
_OF_THE_ACCOUNT: dict[str, str] = {
    "asterisk": r"""wizard/(type|transport|remote_hosts|sends_(auth|registrations)|(server|client)_uri_pattern
        |contact_pattern|outbound_proxy)
        |outbound_auth/(auth_type|username|password|password_digest|md5_cred|realm|type)
        |registration/(client_uri|server_uri|contact_user|outbound_auth|outbound_proxy|transport|type)
        |endpoint/(from_user|from_domain|outbound_auth|outbound_proxy|aors|transport|type|media_encryption)
        |aor/(contact|outbound_proxy|type)|identify/(endpoint|type|match)|transport/(type|protocol|bind)""",
    "freeswitch": r"""params/((auth-)?username|password|realm|from-user|from-domain|proxy|register|register-transport
        |register-proxy|outbound-proxy|gw-auth-acl)|variables/rtp_secure_media""",
    "kamailio": r"columns/(id|l_uuid|[lr]_username|[lr]_domain|auth_username|auth_password|auth_ha1|auth_proxy)",
    "baresip": r"parameters/(auth_user|auth_pass|outbound\d?|transport|mediaenc)",
}


def read_extra(program: str, given: Any) -> Extra:
    """Return checked parameters. Raises :class:`ValueError` with the problems of all, which quotes no value."""
    if not isinstance(given, Mapping):
        raise ValueError("must be a dictionary by section.")  # noqa: TRY004 - as the other parsers of settings
    sections = SECTIONS.get(program)
    problems, extra = [], Extra()
    for section, parameters in given.items():
        if sections is not None and section not in sections:
            problems.append(f"{program} has the sections {', '.join(sections)}, not {one_line(section, 40)!r}.")
        elif not isinstance(parameters, Mapping):
            problems.append(f"{one_line(section, 40)} must be a dictionary of parameters.")
        else:
            extra[section] = {}
            for name, value in parameters.items():
                try:
                    extra[section][name] = _values(program, section, str(name), value)
                except (ValueError, SipConfigError) as exc:
                    problems.append(f"{section}/{one_line(name, 40)}: {exc}")
    if problems:
        raise ValueError(" ".join(problems))
    return extra


def _values(program: str, section: str, name: str, value: Any) -> list[str]:
    """Return the values of one parameter as text. Raises :class:`ValueError` and :class:`SipConfigError`."""
    if not re.fullmatch(r"[A-Za-z0-9_.-]+" if program != "kamailio" else r"[a-z_0-9]+", name):
        raise ValueError("it is not the name of a parameter.")
    if re.fullmatch(_OF_THE_ACCOUNT.get(program, "$^"), f"{section}/{name}", re.VERBOSE | re.IGNORECASE):
        raise ValueError("the account and the other variables say this; it cannot be replaced.")
    if program == "kamailio" and name not in _COLUMNS:
        raise ValueError(f"uacreg has no such column. {did_you_mean(name, _COLUMNS)}".rstrip())
    direction = ""
    if section == "variables" and isinstance(value, Mapping):
        direction = str(value.get("direction", ""))
        if not value.keys() <= {"value", "direction"} or direction not in ("", "inbound", "outbound"):
            raise ValueError("must have value and direction, which is inbound or outbound.")
        value = value.get("value")
    words = ("yes", "no") if program == "asterisk" else ("true", "false")
    values = [
        words[not each] if isinstance(each, bool) else each for each in (value if isinstance(value, list) else [value])
    ]
    if not values or not all(isinstance(each, (str, int, float)) for each in values):
        raise ValueError("must be text, a number or a boolean.")
    if len(values) > 1 and program != "asterisk":
        raise ValueError("it has more than one value.")
    texts = [str(each) for each in values]
    if program == "kamailio" and _COLUMNS[name] and not re.fullmatch(r"\d{1,9}", texts[0]):
        raise ValueError("must be a whole number.")
    for text in texts:
        ESCAPES.get(program, str)(text)
    return [*texts, direction] if section == "variables" else texts


def merge_extra(first: Extra, second: Extra) -> Extra:
    """Return the parameters of both; those of the second take precedence."""
    return {section: {**first.get(section, {}), **second.get(section, {})} for section in {**first, **second}}
