"""Who may talk to the page: programs of this machine that know the token, and our own page."""

import hmac
import ipaddress
from http.cookies import CookieError, SimpleCookie

from augmentor.core.errors import UsageError


def loopback(host: str) -> str:
    """Return the address of a host that only this machine reaches.

    Raises
    ------
    UsageError : others would reach it too: there is no lock on the door but a token.
    """
    try:
        address = ipaddress.ip_address("127.0.0.1" if host == "localhost" else host.strip("[]"))
    except ValueError:
        address = None
    if address is None or not address.is_loopback:
        raise UsageError(
            f"the page is for this machine only: '{host}' is refused; leave --host out or write "
            "127.0.0.1. For people elsewhere write a page with --pack, or forward the port by ssh"
        )
    return str(address)


def is_ours(host: str | None, port: int) -> bool:
    """Return whether a Host header names this machine: other names may point here by DNS.

    References
    ----------
    Jackson et al. 2007, "Protecting browsers from DNS rebinding attacks".
    """
    name, _, said = (host or "").rpartition(":")
    if said != str(port):
        return False
    try:
        return name == "localhost" or ipaddress.ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False


def knows(token: str, said: str | None) -> bool:
    """Return whether someone said the token, in a time that does not tell how much was right."""
    return hmac.compare_digest(token.encode(), (said or "").encode("utf-8", "backslashreplace"))


def cookie_of(header: str | None, name: str) -> str | None:
    """Return one cookie of a Cookie header."""
    try:
        found = SimpleCookie(header or "").get(name)
    except CookieError:
        return None
    return None if found is None else found.value
