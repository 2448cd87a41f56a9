# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The text of each program's files for accounts: every value goes through the program's own escape, once, here.

The lines are described, for the host that compares and shows them, in ``module_utils/_sip_console/formats.py``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from ...module_utils._errors import SipConfigError
from ...module_utils._sip_console.formats import HEADINGS
from .escaping import ESCAPES, PASSWORD_ESCAPES, asterisk_value, freeswitch_value, kamailio_value

if TYPE_CHECKING:
    from .accounts import SipAccount
    from .settings import SipSettings

# Kamailio takes the columns by their names, so they may be in another order in a table that is there.
UACREG_HEADER = (
    "id(int,auto) l_uuid(string) l_username(string) l_domain(string) r_username(string) r_domain(string) realm(string,null)"
    " auth_username(string) auth_password(string) auth_ha1(string,null) auth_proxy(string) expires(int) flags(int)"
    " reg_delay(int) contact_addr(string,null) socket(string,null)"
)
VERSION_TABLE = "id(int,auto) table_name(string) table_version(int)\n1:version:1\n2:uacreg:5\n"

# baresip reads a line into 512 bytes, one of them the final zero (source: baresip 1.0, modules/account/account.c).
_BARESIP_LINE_MAX = 511


def render(accounts: Sequence[SipAccount], settings: SipSettings) -> dict[str, str]:
    """Return the files of the program, by name. Raises :class:`SipConfigError` for a value that a format cannot represent."""
    program, texts = settings.program, [account_text(account, settings) for account in accounts]
    if program == "freeswitch":
        return {f"{account['user_name']}.xml": text for account, text in zip(accounts, texts)}
    if program == "kamailio":
        rows = [f"{number}:{text}\n" for number, text in enumerate(texts, 1)]
        return {"uacreg": f"{UACREG_HEADER}\n{''.join(rows)}", "version": VERSION_TABLE}
    text = "\n\n".join([HEADINGS[program], *texts]) + "\n"
    if program == "baresip":
        return {"accounts": text}
    files = {"pjsip_wizard_telnyx.conf": text}
    if settings.transport_name is None:
        files["pjsip_transport_telnyx.conf"] = f"{HEADINGS[program]}\n\n{_transport(settings)}\n"
    return files


def account_text(account: SipAccount, settings: SipSettings) -> str:
    """Return the text of one account: a section, a file, a row without its id, or a line; none for ``custom``.

    Raises :class:`SipConfigError` if the program's files cannot represent the account. The message quotes no value.
    """
    texts = {"asterisk": _wizard, "freeswitch": _gateway, "kamailio": _row, "baresip": _address}
    return texts[settings.program](account, settings) if settings.program in texts else ""


def _wizard(account: SipAccount, settings: SipSettings) -> str:
    """Return a section of Asterisk's pjsip_wizard.conf."""
    user, host, formats = account["user_name"], settings.registrar, account["number_formats"]
    uri = f"sip:{host}:{settings.port};transport={settings.transport}"
    variables = {
        "TELNYX_CALLER_ID": account["caller_id"],
        "TELNYX_INBOUND_LIMIT": account["inbound_limit"],
        "TELNYX_OUTBOUND_LIMIT": account["outbound_limit"],
        "TELNYX_ANI_FORMAT": formats["ani"],
        "TELNYX_DNIS_FORMAT": formats["dnis"],
    }
    lines: dict[str, Any] = {
        "type": "wizard",
        "transport": settings.transport_name or f"telnyx-{settings.transport}",
        "remote_hosts": f"{host}:{settings.port}",
        "sends_auth": "yes",
        "sends_registrations": "yes",
        "sends_line_with_registrations": "yes",
        "outbound_auth/username": user,
        "outbound_auth/password": account["password"],
        "server_uri_pattern": uri,
        "client_uri_pattern": f"sip:{user}@{host}",
        "contact_pattern": uri,
        "registration/expiration": settings.expiry,
        "registration/contact_user": user,
        "registration/retry_interval": 30,
        "registration/forbidden_retry_interval": 600,
        "registration/max_retries": 100000,
        "registration/auth_rejection_permanent": "no",
    }
    if settings.outbound_proxy:
        lines["outbound_proxy"] = f"sip:{settings.outbound_proxy};transport={settings.transport};lr"
    lines |= {
        "aor/qualify_frequency": 60,
        "endpoint/context": settings.context,
        "endpoint/allow": f"!all,{','.join(account['codecs'])}",
        **({"endpoint/dtmf_mode": account["dtmf"]} if account["dtmf"] else {}),
        "endpoint/media_encryption": "sdes" if account["srtp"] else "no",
        "endpoint/from_user": user,
        "endpoint/from_domain": host,
        "endpoint/send_pai": "yes",
        "endpoint/trust_id_inbound": "yes",
        "endpoint/direct_media": "no",
        "endpoint/rtp_symmetric": "yes",
        "endpoint/force_rport": "yes",
        "endpoint/rewrite_contact": "yes",
        "endpoint/set_var": [f"{name}={value}" for name, value in variables.items() if value is not None],
    }
    for section, parameters in account["extra"].items():
        for name, values in parameters.items() if section != "transport" else ():
            key = name if section == "wizard" else f"{section}/{name}"
            lines[key] = [*lines[key], *values] if key == "endpoint/set_var" else values
    return f"; {account['name']}\n[{account['section']}]\n{_settings(lines)}"


def _settings(lines: Mapping[str, Any]) -> str:
    """Return lines of settings for Asterisk; a list has a line for each of its values."""
    pairs = [(key, each) for key, value in lines.items() for each in (value if isinstance(value, list) else [value])]
    return "\n".join(f"{key} = {asterisk_value(value)}" for key, value in pairs)


def _transport(settings: SipSettings) -> str:
    """Return the section of the trunk's own transport for Asterisk's pjsip.conf."""
    lines: dict[str, Any] = {"type": "transport", "protocol": settings.transport, "bind": settings.bind}
    if settings.external_address:
        lines["external_signaling_address"] = lines["external_media_address"] = settings.external_address
    lines["local_net"] = list(settings.local_nets)
    if settings.transport == "tls":
        lines |= {"method": "tlsv1_2", "verify_server": "yes"}
        if settings.ca_file:
            lines["ca_list_file"] = settings.ca_file
    lines |= settings.extra.get("transport", {})
    return f"[telnyx-{settings.transport}]\n{_settings(lines)}"


def _gateway(account: SipAccount, settings: SipSettings) -> str:
    """Return the file of a gateway of FreeSWITCH."""
    user, host, formats = account["user_name"], settings.registrar, account["number_formats"]
    PASSWORD_ESCAPES["freeswitch"](account["password"])  # has limits of its own
    params: dict[str, Any] = {
        "username": user,
        "password": account["password"],
        "realm": host,
        "from-user": user,
        "from-domain": host,
        "proxy": f"{host}:{settings.port}",
    }
    if settings.outbound_proxy:
        # Sofia-SIP takes the transport from the proxy's URI alone.
        proxy = f"{settings.outbound_proxy};transport={settings.transport}"
        params |= {"register-proxy": proxy, "outbound-proxy": proxy}
    next_hop = settings.outbound_proxy or host
    if next_hop.startswith("["):
        # Without it, FreeSWITCH compares the address in brackets with the one that a challenge comes from, which has none.
        params["gw-auth-acl"] = f"{next_hop[1:].split(']')[0]}/128"
    params |= {
        "register": "true",
        "register-transport": settings.transport,
        "expire-seconds": settings.expiry,
        "retry-seconds": 30,
        "caller-id-in-from": "false",
        "extension-in-contact": "true",
        "context": settings.context,
        **{name: values[0] for name, values in account["extra"].get("params", {}).items()},
    }
    # The value, and the direction of the calls that have the variable; without one, both have it.
    variables: dict[str, tuple[Any, str]] = {
        "absolute_codec_string": (",".join(account["codecs"]), "outbound"),
        "dtmf_type": (account["dtmf"], ""),
        "rtp_secure_media": ("mandatory" if account["srtp"] else None, ""),
        "telnyx_caller_id": (account["caller_id"], "outbound"),
        "sip_cid_type": ("pid", "outbound"),
        "telnyx_inbound_limit": (account["inbound_limit"], "inbound"),
        "telnyx_outbound_limit": (account["outbound_limit"], "outbound"),
        "telnyx_ani_format": (formats["ani"], "inbound"),
        "telnyx_dnis_format": (formats["dnis"], "inbound"),
        **{name: (values[0], values[1]) for name, values in account["extra"].get("variables", {}).items()},
    }
    return "\n".join(
        [
            f"{HEADINGS['freeswitch']} {freeswitch_value(account['name'])} -->",
            f'  <gateway name="{freeswitch_value(account["section"])}">',
            *(f'    <param name="{name}" value="{freeswitch_value(value)}"/>' for name, value in params.items()),
            "    <variables>",
            *(
                f'      <variable name="{name}" value="{freeswitch_value(value)}"'
                + (f' direction="{direction}"/>' if direction else "/>")
                for name, (value, direction) in variables.items()
                if value is not None
            ),
            "    </variables>\n  </gateway>\n</include>\n",
        ]
    )


def _row(account: SipAccount, settings: SipSettings) -> str:
    """Return a row of Kamailio's table uacreg without its id."""
    user, domain = account["user_name"], settings.authority
    parameter = "" if settings.transport == "udp" else f";transport={settings.transport}"
    proxy = settings.outbound_proxy or f"{settings.registrar}:{settings.port}"
    columns: dict[str, Any] = {
        "l_uuid": f"telnyx-{user}",  # by which the role knows its rows, see module_utils/_sip_console/db_text.py
        "l_username": user,
        "l_domain": domain,
        "r_username": user,
        "r_domain": domain,
        "realm": "",
        "auth_username": user,
        "auth_password": account["password"],
        "auth_ha1": "",
        "auth_proxy": f"sip:{proxy};transport={settings.transport}",
        "expires": settings.expiry,
        "flags": 0,
        "reg_delay": 0,
        "contact_addr": f"{settings.external_address}{parameter}" if settings.external_address else "",
        "socket": "",
        **{name: values[0] for name, values in account["extra"].get("columns", {}).items()},
    }
    return ":".join(kamailio_value(value) if value != "" else "" for value in columns.values())


def _address(account: SipAccount, settings: SipSettings) -> str:
    """Return the line of baresip's accounts, and the comment before it."""
    proxy = settings.outbound_proxy or f"{settings.registrar}:{settings.port}"
    parameters = {
        "regint": str(settings.expiry),
        "auth_user": account["user_name"],
        "outbound": f'"sip:{proxy};transport={settings.transport}"',
        "audio_codecs": ",".join(account["codecs"]),
        **({"video_codecs": ",".join(account["video_codecs"])} if account["video_codecs"] else {}),
        **({"mediaenc": "srtp-mand"} if account["srtp"] else {}),
        **{name: ESCAPES["baresip"](values[0]) for name, values in account["extra"].get("parameters", {}).items()},
        # The last one: only there may a value contain quotes.
        "auth_pass": PASSWORD_ESCAPES["baresip"](account["password"]),
    }
    uri = f"<sip:{account['user_name']}@{settings.authority};transport={settings.transport}>"
    line = ";".join([uri, *(f"{name}={value}" for name, value in parameters.items())])
    if len(line.encode()) > _BARESIP_LINE_MAX:
        raise SipConfigError(
            f"its line has {len(line.encode())} bytes, and baresip truncates it to {_BARESIP_LINE_MAX}."
        )
    return f"# {account['name']}\n{line}"
