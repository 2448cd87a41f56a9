# Copyright: The siptrunk.telnyx contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""The built-in policy rules, against toll fraud and for privacy. ``help`` says why, and how to mend it."""

from __future__ import annotations

BUILTIN_RULES: tuple[dict[str, str], ...] = (
    {
        "id": "sip_uri_calling_restricted",
        "severity": "critical",
        "description": "Anyone on the internet may call its SIP URI",
        "when": "active",
        "assert": "sip_uri_calling_preference != 'unrestricted'",
        "help": "Whoever finds the URI reaches the PBX behind it without a number or an account, as scanners for toll fraud do."
        " Set sip_uri_calling_preference to disabled, or to internal where your own connections call each other.",
    },
    {
        "id": "user_name_unique",
        "severity": "critical",
        "description": "Its user name is borne by several connections",
        "assert": "derived.user_name_count == `1`",
        "show": "user_name",
        "help": "Registrations of one user name replace each other, and calls go to whichever came last."
        " Give each connection a user name of its own.",
    },
    {
        "id": "srtp_required",
        "severity": "high",
        "description": "Its media is not encrypted with SRTP",
        "when": "active",
        "assert": "encrypted_media == 'SRTP'",
        "show": "encrypted_media",
        "help": "Anyone on the way can listen to the calls, and to the digits that callers key in."
        " Set encrypted_media to SRTP and register over TLS, which SRTP wants.",
    },
    {
        "id": "outbound_channel_limit_set",
        "severity": "high",
        "description": "Its outbound calls are not limited in number",
        "when": "active && outbound.outbound_voice_profile_id",
        "assert": "outbound.channel_limit != `null`",
        "help": "With a stolen password, hundreds of calls can run at once to expensive numbers before anyone notices."
        " Set outbound.channel_limit to what the site needs at its busiest.",
    },
    {
        "id": "outbound_voice_profile_allowed",
        "severity": "high",
        "description": "Its outbound voice profile is not on the allow-list",
        "when": "active && settings.allowed_outbound_voice_profile_ids != `null` && outbound.outbound_voice_profile_id",
        "assert": "contains(settings.allowed_outbound_voice_profile_ids, to_string(outbound.outbound_voice_profile_id))",
        "show": "outbound.outbound_voice_profile_id",
        "help": "The profile decides which countries may be called and what a day may cost; one that was not reviewed may allow"
        " all. Use a profile of the list, or review this one and add it to allowed_outbound_voice_profile_ids."
        " The rule applies where the list is given.",
    },
    {
        "id": "webhook_https",
        "severity": "high",
        "description": "A webhook is not sent over https",
        "when": "active",
        "assert": "!(derived.insecure_webhooks)",
        "show": "derived.insecure_webhooks",
        "help": "Webhooks tell who calls whom and when; over http anyone on the way reads and forges them."
        " Use https:// in webhook_event_url and webhook_event_failover_url.",
    },
    {
        "id": "user_name_hard_to_guess",
        "severity": "medium",
        "description": "Its user name is easy to guess",
        "assert": "!(derived.user_name_weakness)",
        "show": "derived.user_name_weakness",
        "help": "Scanners try extension numbers, words such as admin, and short names first; a guessed user name leaves the"
        " password alone in the way. Use 8 characters or more, letters and digits mixed at random.",
    },
    {
        "id": "inbound_channel_limit_set",
        "severity": "medium",
        "description": "Its inbound calls are not limited in number",
        "when": "active",
        "assert": "inbound.channel_limit != `null`",
        "help": "A flood of calls then takes every line of the PBX, and every channel of the account."
        " Set inbound.channel_limit to what the PBX can take.",
    },
    {
        "id": "single_registration",
        "severity": "medium",
        "description": "Several devices may be registered with it at once",
        "when": "active",
        "assert": "inbound.simultaneous_ringing != 'enabled'",
        "help": "Whoever stole the password then rings along unnoticed; without it, a second registration shows, for the first"
        " one stops to ring. Set inbound.simultaneous_ringing to disabled, or exempt the sites that need it.",
    },
    {
        "id": "outbound_country_set",
        "severity": "low",
        "description": "It has no country for numbers in national format",
        "when": "active && outbound.outbound_voice_profile_id",
        "assert": "outbound.localization",
        "help": "A number without its country code may then be dialled in another country than was meant."
        " Set outbound.localization to the site's country.",
    },
    {
        "id": "call_cost_hidden",
        "severity": "low",
        "description": "Its webhooks tell what calls cost",
        "when": "webhook_event_url",
        "assert": "!call_cost_in_webhooks",
        "help": "What the account pays is nobody's business who only handles calls."
        " Set call_cost_in_webhooks to false unless the receiver bills by it.",
    },
    {
        "id": "rtcp_not_captured",
        "severity": "low",
        "description": "RTCP of its calls is captured",
        "assert": "!(rtcp_settings.capture_enabled)",
        "help": "Captures are records about people's calls, to be kept only while a fault is looked for."
        " Set rtcp_settings.capture_enabled to false when it is found.",
    },
    {
        "id": "name_unique",
        "severity": "low",
        "description": "Its name is borne by several connections",
        "assert": "derived.connection_name_count == `1`",
        "help": "A change that is meant for one of them may reach the other. Give each connection a name of its own.",
    },
    {
        "id": "no_inactive",
        "severity": "low",
        "description": "It is inactive",
        "assert": "active",
        "help": "An inactive connection still has a user name and a password, and one switch makes it work again."
        " Delete it when it is no longer needed, or exempt it for as long as it rests.",
    },
)
