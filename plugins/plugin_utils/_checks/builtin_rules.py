# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The built-in policy rules, against toll fraud and for privacy.

``holds`` is what is true of an account without violations, and ``help`` the reason for a rule and the remedy.
"""

from __future__ import annotations

from typing import Any

BUILTIN_RULES: tuple[dict[str, Any], ...] = (
    {
        "id": "sip_uri_calling_restricted",
        "severity": "critical",
        "description": "Anyone on the internet may call its SIP URI",
        "holds": "No active connection can be called by its SIP URI from the internet",
        "when": "active",
        "assert": "sip_uri_calling_preference != 'unrestricted'",
        "set_to": {"sip_uri_calling_preference": "disabled"},
        "help": "Anyone who finds the URI, as scanners for toll fraud do, can call the PBX without a number or an account."
        " Set sip_uri_calling_preference to disabled, or to internal where your own connections call each other.",
    },
    {
        "id": "user_name_unique",
        "severity": "critical",
        "description": "Several connections have its user name",
        "holds": "Every connection has a user name of its own",
        "assert": "derived.user_name_count == `1`",
        "show": "user_name",
        "help": "Registrations with one user name replace each other, and calls go to the last one."
        " Give each connection a user name of its own.",
    },
    {
        "id": "srtp_required",
        "severity": "high",
        "description": "Its media is not encrypted with SRTP",
        "holds": "The media of every active connection is encrypted with SRTP",
        "when": "active",
        "assert": "encrypted_media == 'SRTP'",
        "show": "encrypted_media",
        "set_to": {"encrypted_media": "SRTP"},
        "help": "Anyone on the network path can listen to the calls, and read the digits that callers enter."
        " Set encrypted_media to SRTP and register over TLS, which SRTP requires.",
    },
    {
        "id": "outbound_channel_limit_set",
        "severity": "high",
        "description": "The number of its outbound calls is not limited",
        "holds": "The number of outbound calls is limited wherever calls can go out",
        "when": "active && outbound.outbound_voice_profile_id",
        "assert": "outbound.channel_limit != `null`",
        "help": "With a stolen password, hundreds of simultaneous calls to expensive numbers are possible before anyone notices."
        " Set outbound.channel_limit to the highest number of calls that the site needs.",
    },
    {
        "id": "outbound_voice_profile_allowed",
        "severity": "high",
        "description": "Its outbound voice profile is not on the allow-list",
        "holds": "Every outbound voice profile in use is on the allow-list, or there is no list",
        "when": "active && settings.allowed_outbound_voice_profile_ids != `null` && outbound.outbound_voice_profile_id",
        "assert": "contains(settings.allowed_outbound_voice_profile_ids, to_string(outbound.outbound_voice_profile_id))",
        "show": "outbound.outbound_voice_profile_id",
        "help": "The profile decides which countries can be called and how much a day can cost; one that was not reviewed may"
        " allow everything. Use a profile of the list, or review this one and add it to"
        " allowed_outbound_voice_profile_ids. Without the list, the rule does not apply.",
    },
    {
        "id": "webhook_https",
        "severity": "high",
        "description": "A webhook is not sent over https",
        "holds": "All webhooks are sent over https",
        "when": "active",
        "assert": "!(derived.insecure_webhooks)",
        "show": "derived.insecure_webhooks",
        "help": "Webhooks contain who calls whom and when; over http anyone on the network path can read and forge them."
        " Use https:// in webhook_event_url and webhook_event_failover_url.",
    },
    {
        "id": "user_name_hard_to_guess",
        "severity": "medium",
        "description": "Its user name is easy to guess",
        "holds": "No user name is easy to guess",
        "assert": "!(derived.user_name_weakness)",
        "show": "derived.user_name_weakness",
        "help": "Scanners try extension numbers, words such as admin, and short names first; with a known user name, only the"
        " password protects the connection. Use at least 8 random letters and digits.",
    },
    {
        "id": "inbound_channel_limit_set",
        "severity": "medium",
        "description": "The number of its inbound calls is not limited",
        "holds": "The number of inbound calls of every active connection is limited",
        "when": "active",
        "assert": "inbound.channel_limit != `null`",
        "help": "A flood of calls can use every line of the PBX, and every channel of the account."
        " Set inbound.channel_limit to the number of calls that the PBX can handle.",
    },
    {
        "id": "single_registration",
        "severity": "medium",
        "description": "Several devices can be registered with it at once",
        "holds": "No active connection lets several devices ring at once",
        "when": "active",
        "assert": "inbound.simultaneous_ringing != 'enabled'",
        "set_to": {"inbound.simultaneous_ringing": "disabled"},
        "help": "A device with a stolen password then rings along unnoticed. If it is disabled, a second registration is noticed,"
        " because the first device no longer rings. Set inbound.simultaneous_ringing to disabled, or accept it for the sites"
        " that need it.",
    },
    {
        "id": "outbound_country_set",
        "severity": "low",
        "description": "It has no country for numbers in national format",
        "holds": "Every connection for outbound calls has a country for numbers in national format",
        "when": "active && outbound.outbound_voice_profile_id",
        "assert": "outbound.localization",
        "help": "A number without a country code may then be dialled in the wrong country."
        " Set outbound.localization to the site's country.",
    },
    {
        "id": "call_cost_hidden",
        "severity": "low",
        "description": "Its webhooks contain the cost of calls",
        "holds": "No webhook contains the cost of calls",
        "when": "webhook_event_url",
        "assert": "!call_cost_in_webhooks",
        "set_to": {"call_cost_in_webhooks": False},
        "help": "A receiver that only handles calls does not need to know what the account pays."
        " Set call_cost_in_webhooks to false unless the receiver needs it for billing.",
    },
    {
        "id": "rtcp_not_captured",
        "severity": "low",
        "description": "RTCP of its calls is captured",
        "holds": "No RTCP is captured",
        "assert": "!(rtcp_settings.capture_enabled)",
        "set_to": {"rtcp_settings.capture_enabled": False},
        "help": "Captures are data about people's calls, which should be kept only during the analysis of a fault."
        " Set rtcp_settings.capture_enabled to false afterwards.",
    },
    {
        "id": "name_unique",
        "severity": "low",
        "description": "Several connections have its name",
        "holds": "Every connection has a name of its own",
        "assert": "derived.connection_name_count == `1`",
        "help": "A change for one of them may be applied to the other. Give each connection a name of its own.",
    },
    {
        "id": "no_inactive",
        "severity": "low",
        "description": "It is inactive",
        "holds": "No connection is inactive",
        "assert": "active",
        "help": "An inactive connection still has a user name and a password, and can be activated again at any time."
        " Delete it when it is no longer needed, or accept it while it is inactive.",
    },
)
