"""A throw-away certificate authority: nobody trusts it who was not told to."""

from __future__ import annotations

from pathlib import Path
from ssl import PROTOCOL_TLS_SERVER, SSLContext

import trustme


class Authority:
    """Signs certificates for servers on loopback.

    Attributes:
        certificate: its own, a PEM file, for `SSL_CERT_FILE`.
    """

    def __init__(self, directory: Path) -> None:
        self._authority = trustme.CA()
        directory.mkdir(parents=True, exist_ok=True)
        self.certificate = directory / "authority.pem"
        self._authority.cert_pem.write_to_path(self.certificate)

    def server_side(self) -> SSLContext:
        """The server's side of https for `127.0.0.1` and `localhost`."""
        context = SSLContext(PROTOCOL_TLS_SERVER)
        self._authority.issue_cert("127.0.0.1", "localhost").configure_cert(context)
        return context
