"""What goes wrong in SIP: errors with the answer they deserve, and the reasons for which messages are dropped."""

from __future__ import annotations

from enum import Enum


class DropReason(Enum):
    """Why a message was dropped or refused without reaching a user; each is counted, logged and asserted by a test."""

    EMPTY = "empty"
    KEEP_ALIVE = "keep_alive"
    TOO_LARGE = "too_large"
    TOO_MANY_HEADERS = "too_many_headers"
    HEADER_TOO_LONG = "header_too_long"
    URI_TOO_LONG = "uri_too_long"
    NOT_SIP = "not_sip"
    BAD_START_LINE = "bad_start_line"
    BAD_VERSION = "bad_version"
    BAD_HEADER = "bad_header"
    BAD_URI = "bad_uri"
    MISSING_HEADER = "missing_header"
    BAD_SDP = "bad_sdp"
    BAD_CONTENT_LENGTH = "bad_content_length"
    CSEQ_METHOD_MISMATCH = "cseq_method_mismatch"
    STRAY_RESPONSE = "stray_response"
    STRAY_ACK = "stray_ack"
    STRAY_CANCEL = "stray_cancel"
    STRAY_PRACK = "stray_prack"
    RETRANSMISSION = "retransmission"
    MERGED_REQUEST = "merged_request"
    UNKNOWN_DIALOG = "unknown_dialog"
    OUT_OF_ORDER = "out_of_order"
    TOO_MANY_TRANSACTIONS = "too_many_transactions"
    TOO_MANY_DIALOGS = "too_many_dialogs"
    TOO_MANY_PROVISIONALS = "too_many_provisionals"
    TOO_MANY_HOPS = "too_many_hops"
    UNSUPPORTED_METHOD = "unsupported_method"
    UNSUPPORTED_EXTENSION = "unsupported_extension"
    UNSUPPORTED_SCHEME = "unsupported_scheme"
    UNSUPPORTED_BODY = "unsupported_body"
    UNKNOWN_EVENT = "unknown_event"
    NOT_ALLOWED = "not_allowed"
    BAD_CREDENTIALS = "bad_credentials"
    WRONG_CREDENTIALS = "wrong_credentials"
    STALE_NONCE = "stale_nonce"
    REPLAYED_CREDENTIALS = "replayed_credentials"
    REFER_PENDING = "refer_pending"
    REFER_REFUSED = "refer_refused"
    INTERVAL_TOO_BRIEF = "interval_too_brief"
    TOO_MANY_CONTACTS = "too_many_contacts"
    TOO_MANY_SUBSCRIPTIONS = "too_many_subscriptions"
    FIRST_HOP_LACKS_OUTBOUND = "first_hop_lacks_outbound"
    TOO_MANY_CONNECTIONS = "too_many_connections"
    TOO_SLOW = "too_slow"
    NOT_SENT = "not_sent"
    NOT_TLS = "not_tls"
    TLS_FAILED = "tls_failed"
    UNTRUSTED_PEER = "untrusted_peer"
    TOO_MANY_HANDSHAKES = "too_many_handshakes"
    NOT_WEBSOCKET = "not_websocket"
    BAD_WEBSOCKET = "bad_websocket"
    FOREIGN_ORIGIN = "foreign_origin"
    OVER_LIMIT = "over_limit"
    OVERLOADED = "overloaded"
    BANNED = "banned"
    SCANNER = "scanner"


MISTAKES = frozenset({DropReason.TLS_FAILED, DropReason.UNTRUSTED_PEER, DropReason.FOREIGN_ORIGIN})
"""What phones do that do not know our certificate, are too old, or are served by a page that we were not told of."""


class ProtocolError(Exception):
    """The peer did wrong. ``status_hint`` is the SIP status to answer with, 0 for silence.

    ``partial`` is set by ``sip.message.intake`` alone: a ``Request`` good enough to be answered so, if there is one.
    """

    partial: object = None

    def __init__(self, status_hint: int, reason: DropReason, detail: str = "") -> None:
        super().__init__(f"{reason.value}: {detail}" if detail else reason.value)
        self.status_hint = status_hint
        self.reason = reason
        self.detail = detail


class TransportFailed(Exception):
    """A message could not be handed to the network (RFC 3261 section 17.1.4)."""
