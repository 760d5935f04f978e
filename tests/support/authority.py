"""A throw-away certificate authority: nobody trusts it who was not told to."""

from __future__ import annotations

from pathlib import Path
from ssl import CERT_REQUIRED, PROTOCOL_TLS_SERVER, SSLContext

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

    def server_side(self, *hosts: str, demands_certificate: bool = False) -> SSLContext:
        """The server's side of https.

        Args:
            hosts: whom its certificate is for; `127.0.0.1` and `localhost` by default.
            demands_certificate: whether clients must show one that this authority signed.
        """
        context = SSLContext(PROTOCOL_TLS_SERVER)
        self._authority.issue_cert(*(hosts or ("127.0.0.1", "localhost"))).configure_cert(context)
        if demands_certificate:
            context.verify_mode = CERT_REQUIRED
            self._authority.configure_trust(context)
        return context

    def client_certificate(self) -> Path:
        """A new certificate and its key, a PEM file, for `--client-cert`."""
        path = self.certificate.with_name("client.pem")
        issued = self._authority.issue_cert("client.example")
        issued.private_key_and_cert_chain_pem.write_to_path(path)
        return path
