"""Names of files from names of services, which are not ours to choose."""

import hashlib
import urllib.parse

LONGEST = 120
"""Longest stem; file systems take 255 bytes for the whole name."""


def stem(name: str) -> str:
    """
    A file name without its ending for *name*: the same for letters, digits and ``._-~``, the rest as ``%2F``.

    It is never empty or hidden and has no separator, so it can't leave its folder. What is too long ends in a hash.
    """
    quoted = urllib.parse.quote(name, safe="", errors="surrogatepass")
    if quoted.startswith("."):
        quoted = "%2E" + quoted[1:]
    if not quoted or len(quoted) > LONGEST:
        digest = hashlib.sha256(name.encode(errors="surrogatepass")).hexdigest()[:12]
        return f"{quoted[:LONGEST]}~{digest}"
    return quoted
