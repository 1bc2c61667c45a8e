"""HTTP as it is spoken here: what is no request, or too long a one, is refused in a sentence."""

from __future__ import annotations

from uvicorn.protocols.http.h11_impl import H11Protocol


class Refusing(H11Protocol):
    """The protocol of the server, with a sentence of our own."""

    def send_400_response(self, msg: str) -> None:
        """Refuse what cannot be read as a request."""
        super().send_400_response("Refused: the address is longer than 64 kB, or this is no request of a browser.")
