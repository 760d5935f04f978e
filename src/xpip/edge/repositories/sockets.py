"""Sockets as httpcore opens them, read with patience."""

from __future__ import annotations

from collections.abc import Iterable
from ssl import SSLContext

from httpcore import SOCKET_OPTION, NetworkBackend, NetworkStream, SyncBackend

from xpip.edge.repositories.patience import Patience


class PatientBackend(NetworkBackend):
    """Opens connections that have this patience."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._backend = SyncBackend()

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SOCKET_OPTION] | None = None,
    ) -> NetworkStream:
        """As httpcore has it."""
        stream = self._backend.connect_tcp(host, port, timeout, local_address, socket_options)
        return _PatientStream(stream, self._patience)


class _PatientStream(NetworkStream):
    def __init__(self, stream: NetworkStream, patience: Patience) -> None:
        self._stream, self._patience = stream, patience
        self.write = stream.write  # type: ignore[method-assign]
        self.close = stream.close  # type: ignore[method-assign]
        self.get_extra_info = stream.get_extra_info  # type: ignore[method-assign]

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._patience.left(timeout))

    def start_tls(
        self,
        ssl_context: SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> NetworkStream:
        stream = self._stream.start_tls(ssl_context, server_hostname, timeout)
        return _PatientStream(stream, self._patience)
