"""How whoever gets a release can verify it, in a text file beside it."""

from __future__ import annotations

from passerby.release.statement import VOUCHES


def instructions(copy_name: str, signer: str) -> str:
    """Return the text.

    Args:
        copy_name: Name of the covered copy.
        signer: Who signed it ("" = nobody).
    """
    parts = [
        "How to verify this release\n==========================\n",
        "1. That no file was damaged or replaced on the way\n\n"
        "   In a terminal, in this folder:   sha256sum -c SHA256SUMS\n"
        "   (macOS: shasum -a 256 -c SHA256SUMS)\n\n"
        "   Each file must be OK. The list itself is not signed: anyone who replaces a file can replace it too.\n",
    ]
    if signer:
        parts.append(
            "2. Who made the copy, and that it was not changed since\n\n"
            f'   passerby verify "{copy_name}" --authority authority.pem --report report.json\n\n'
            "   No network is needed. The copy has a C2PA manifest (content credentials), which others read too:\n"
            f'   c2patool "{copy_name}" trust --trust_anchors authority.pem\n\n'
            f"   It must say that the copy is signed by: {signer}\n\n"
            "   The file authority.pem in this folder is for convenience. Anybody can make one with any name in it:\n"
            "   get it once from the organisation itself, for example from its web site, and use that one.\n\n"
            f"   {VOUCHES}\n"
        )
    else:
        parts.append(
            "2. This copy is not signed. Nothing in this folder shows who made it: ask the people who released it for\n"
            "   the SHA-256 of the file SHA256SUMS.\n"
        )
    parts.append(
        "What is in this folder\n----------------------\n\n"
        f"{copy_name}   the covered copy\n"
        "exemption-log.pdf, .html, .csv   what was covered, silenced or shown by hand, when, and why\n"
        "report.json   how the copy was made: networks, options, cover by second, result of the check\n"
        "SHA256SUMS   hashes of all files\n"
    )
    return "\n".join(parts)
