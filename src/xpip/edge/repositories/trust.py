"""Whom to believe over https: the file that the user names, else the system. Never everybody."""

from __future__ import annotations

import os
import ssl
import sys

from xpip.core.policy import Network
from xpip.errors import Reason, UsageError

_WITH_STORES = ("darwin", "win32")


def trusting(network: Network) -> ssl.SSLContext:
    """What verifies servers, and shows them the user's own certificate.

    Raises:
        UsageError: a certificate file cannot be used.
    """
    try:
        context = _context(network)
        if network.client_certificate:
            context.load_cert_chain(network.client_certificate)
    except OSError as error:
        raise UsageError(
            f"A certificate file cannot be used: {error.strerror or error}",
            reference=Reason.USAGE,
            context=[path for path in (network.ca_file, network.client_certificate) if path],
        ) from None
    return context


def _context(network: Network) -> ssl.SSLContext:
    if network.ca_file and os.path.isdir(network.ca_file):
        return ssl.create_default_context(capath=network.ca_file)
    if network.ca_file:
        return ssl.create_default_context(cafile=network.ca_file)
    if sys.platform not in _WITH_STORES and ssl.get_default_verify_paths().cafile:
        # Where the system's certificates are a file that OpenSSL knows, truststore would read it
        # for every connection, and let one of them shake hands at a time.
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.set_default_verify_paths()
        return context
    import truststore

    return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
