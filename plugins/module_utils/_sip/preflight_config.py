# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The configuration of a SIP program that only registers, in a folder of its own: the text of each file by its name.

None of them has a password: they include the files of the role sip_config. No instance has a dialplan.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


class Place(NamedTuple):
    """Where an isolated program runs.

    ``folder``: its own, an absolute path. ``address``: the host's address towards the registrar, in brackets if it is IPv6.
    ``port``: a free port of that address; the next port is free, too. ``ca_file``: with TLS, the CA certificates.
    """

    folder: str
    address: str
    port: int
    transport: str
    ca_file: str | None = None


_ASTERISK_MODULES = (
    "res_sorcery_config.so",
    "res_sorcery_memory.so",
    "res_sorcery_astdb.so",
    "res_timing_timerfd.so",
    "res_pjproject.so",
    "res_pjsip.so",
    "res_pjsip_logger.so",
    "res_pjsip_session.so",
    "res_pjsip_outbound_authenticator_digest.so",
    "res_pjsip_outbound_registration.so",
    "res_pjsip_config_wizard.so",
)
# Folders that an installation in an unusual place needs. All others are in the program's own folder.
_ASTERISK_DIRECTORIES = ("astmoddir", "astdatadir")
_ASTERISK_OWN_DIRECTORIES = (
    "astetcdir",
    "astvarlibdir",
    "astdbdir",
    "astkeydir",
    "astagidir",
    "astspooldir",
    "astrundir",
    "astlogdir",
    "astsbindir",
)


def asterisk_directories(text: str) -> dict[str, str]:
    """Return the folders of modules and data that an ``asterisk.conf`` sets; a section that is a template does not count."""
    found: dict[str, str] = {}
    is_active = False
    for line in text.splitlines():
        section = re.match(r"\s*\[([^\]]*)\]\s*(\([^)]*\))?", line)
        if section:
            is_active = section[1] == "directories" and "!" not in (section[2] or "")
        setting = re.match(r"\s*(\w+)\s*=>?\s*(/[^;\s]*)", line)
        if is_active and setting and setting[1] in _ASTERISK_DIRECTORIES:
            found[setting[1]] = setting[2]
    return found


def asterisk_files(
    place: Place, accounts: Iterable[str], directories: Mapping[str, str], *, delay: bool
) -> dict[str, str]:
    """Return the files of an Asterisk; ``directories`` are those of :func:`asterisk_directories`.

    ``delay``: leave the random delay of the first registration, which is up to 10 s, as it is. Asterisk before 20 may not
    have the setting for it.
    """
    own = dict.fromkeys(_ASTERISK_OWN_DIRECTORIES, place.folder)
    folders = "".join(
        f"{name} => {path}\n" for name, path in {"astdatadir": place.folder, **own, **directories}.items()
    )
    wizards = (
        ""
        if delay
        else "".join(f"[telnyx-{user}](+)\nregistration/max_random_initial_delay = 0\n" for user in accounts)
    )
    # The transport of the files has the port that the running program listens on.
    bind = f"[telnyx-{place.transport}](+)\nbind = {place.address}:{place.port}\n"
    return {
        "asterisk.conf": f"[directories]\n{folders}[options]\nnocolor = yes\n",
        "modules.conf": "[modules]\nautoload = no\n" + "".join(f"load = {name}\n" for name in _ASTERISK_MODULES),
        "logger.conf": "[general]\n[logfiles]\nconsole => notice,warning,error,verbose\n",
        "pjsip.conf": f"[global]\ntype = global\ndebug = yes\n#include pjsip_transport_telnyx.conf\n{bind}",
        "pjsip_wizard.conf": f"#include pjsip_wizard_telnyx.conf\n{wizards}",
    }


def kamailio_files(place: Place) -> dict[str, str]:
    """Return the files of a Kamailio whose tables are in the folder ``dbtext``, and whose console is the socket ``ctl``."""
    parameter = "" if place.transport == "udp" else f";transport={place.transport}"
    is_tls = place.transport == "tls"
    settings = [
        "debug = 2",
        "log_stderror = yes",
        "children = 1",
        "tcp_children = 1",
        "auto_aliases = no",
        "disable_tcp = yes" if place.transport == "udp" else "disable_tcp = no",
        *(["enable_tls = yes"] if is_tls else []),
        f"listen = {place.transport}:{place.address}:{place.port}",
        *(f'loadmodule "{name}.so"' for name in ("tm", "sl", "rr", "pv", "ctl", "db_text")),
        *(['loadmodule "tls.so"', f'modparam("tls", "config", "{place.folder}/tls.cfg")'] if is_tls else []),
        'loadmodule "uac.so"',
        f'modparam("ctl", "binrpc", "unix:{place.folder}/ctl")',
        f'modparam("uac", "reg_db_url", "text://{place.folder}/dbtext")',
        f'modparam("uac", "reg_contact_addr", "{place.address}:{place.port}{parameter}")',
        'modparam("uac", "reg_timer_interval", 1)',
        'modparam("uac", "reg_retry_interval", 3600)',
        'request_route {\n    sl_send_reply("503", "Service Unavailable");\n}',
    ]
    files = {"kamailio.cfg": "\n".join(settings) + "\n"}
    if is_tls:
        files["tls.cfg"] = (
            "[client:default]\nmethod = TLSv1.2+\nverify_certificate = yes\nrequire_certificate = yes\n"
            f"ca_list = {place.ca_file}\n"
            # No certificate of its own: it accepts no connection.
            '[server:default]\nmethod = TLSv1.2+\ncertificate = ""\nprivate_key = ""\n'
        )
    return files


def baresip_files(place: Place, module_path: str, modules: Sequence[str]) -> dict[str, str]:
    """Return the files of a baresip with modules of its folder; ``account.so`` is loaded besides.

    Without audio codecs, it answers a call with 488.
    """
    lines = [
        f"module_path {module_path}",
        f"sip_listen {place.address}:{place.port}",
        *([f"sip_cafile {place.ca_file}", "sip_verify_server yes"] if place.transport == "tls" else []),
        *(f"module {name}" for name in modules),
        "module_tmp account.so",
    ]
    return {"config": "\n".join(lines) + "\n"}


def freeswitch_files(place: Place, console_port: int, console_password: str) -> dict[str, str]:
    """Return the files of a FreeSWITCH whose gateways are in the folder ``conf/gateways``."""
    tls = {
        "tls": "true",
        "tls-only": "true",
        "tls-sip-port": str(place.port + 1),
        "tls-cert-dir": f"{place.folder}/certs",
        "tls-version": "tlsv1.2,tlsv1.3",
        "tls-verify-policy": "out",
    }
    address = place.address.strip("[]")
    profile = {
        "sip-ip": address,
        "rtp-ip": address,
        "sip-port": str(place.port),
        "context": "none",
        "dialplan": "none",
        "auth-calls": "true",
        "manage-presence": "false",
        **(tls if place.transport == "tls" else {}),
    }
    console = {
        "nat-map": "false",
        "listen-ip": "127.0.0.1",
        "listen-port": str(console_port),
        "password": console_password,
    }
    names = ("mod_logfile", "mod_event_socket", "mod_commands", "mod_sofia")
    modules = "\n".join(f'<load module="{name}"/>' for name in names)
    log = _settings({"logfile": f"{place.folder}/output", "rollover": "0"})
    # An X-PRE-PROCESS needs a line of its own.
    return {
        "conf/freeswitch.xml": f"""\
<document type="freeswitch/xml">
<section name="configuration">
<configuration name="modules.conf">
<modules>
{modules}
</modules>
</configuration>
<configuration name="switch.conf">{_settings({"colorize-console": "false", "loglevel": "notice"})}</configuration>
<configuration name="logfile.conf">
<profiles>
<profile name="default">
{log}
<mappings>
<map name="all" value="notice,warning,err,crit,alert"/>
</mappings>
</profile>
</profiles>
</configuration>
<configuration name="event_socket.conf">{_settings(console)}</configuration>
<configuration name="acl.conf"><network-lists/></configuration>
<configuration name="sofia.conf">
<profiles>
<profile name="external">
<gateways>
<X-PRE-PROCESS cmd="include" data="{place.folder}/conf/gateways/*.xml"/>
</gateways>
{_settings(profile)}
</profile>
</profiles>
</configuration>
</section>
</document>
"""
    }


def _settings(values: Mapping[str, str]) -> str:
    parameters = "\n".join(f'<param name="{name}" value="{value}"/>' for name, value in values.items())
    return f"<settings>\n{parameters}\n</settings>"
