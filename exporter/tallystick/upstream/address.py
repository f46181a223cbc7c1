"""Where requests go and what they carry, checked before the first one; what is secret in them is never repeated."""

import re
from collections.abc import Mapping
from urllib.parse import SplitResult, urlsplit, urlunsplit

from tallystick.errors import TallystickError

_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
"""Name of a header, RFC 9110 section 5.6.2."""

_VALUE = re.compile(r"[\t -~\x80-\xff]*")
"""What a header's value may be made of: latin-1 without control characters; RFC 9110 section 5.5."""

_UNREADABLE = "the address of Prometheus"


def check_url(url: str) -> str:
    """
    *url* as it is.

    Raises:
        TallystickError: it is not an address of a web server; the message does not repeat it.
    """
    parts = _split(url)
    if parts is None or not url.isprintable() or " " in url:
        raise TallystickError(
            f"{_UNREADABLE} is not one that can be used; write http://HOST:PORT or https://HOST, "
            "with / ? # @ in a password as %2F %3F %23 %40"
        )
    return url


def check_headers(headers: Mapping[str, str]) -> dict[str, str]:
    """
    *headers*, their values without blanks around them.

    Raises:
        TallystickError: one of them can't be sent; the message has its name only.
    """
    for name, value in headers.items():
        if not _TOKEN.fullmatch(name):
            known = _TOKEN.match(name)
            raise TallystickError(
                f"header {known.group() if known else ''!r}: its name may have letters, digits and -, and no blanks"
            )
        if not _VALUE.fullmatch(value):
            raise TallystickError(
                f"header {name!r}: its value has a line break or another character that can't be sent"
            )
    return {name: value.strip() for name, value in headers.items()}


def public(url: str) -> str:
    """*url* without user name, password, query and fragment; it may be any text."""
    parts = _split(url)
    if parts is None:
        return _UNREADABLE
    return urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


def endpoint(url: str, path: str) -> str:
    """Where *path* is below *url*, whose query stays."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(path=parts.path.rstrip("/") + path, fragment=""))


def _split(url: str) -> SplitResult | None:
    """The parts of *url*; None if it is not http or https, or has no host, or a port that is no number."""
    try:
        parts = urlsplit(url)
        # An @ in the path is that of a password with a slash in it.
        whole = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0 and "@" not in parts.path
    except ValueError:
        return None
    return parts if whole else None
