"""A site file in which one of two cameras has a public page."""

from __future__ import annotations

from pathlib import Path
from typing import Final

WITHOUT_ADDRESS: Final = """\
site: arena
state_folder: state
cameras:
  - {name: door, address: "rtsp://10.0.0.5/1", purpose: Notice a blocked exit., legal_basis: consent}
  - {name: hall, address: "rtsp://10.0.0.6/1", purpose: Notice a blocked exit., legal_basis: consent}
public:
  cameras: [door]
  controller: Example Transit Ltd, 1 Station Square
  contact: privacy@example.org
"""
PAGE: Final = "https://cameras.example.org/p/door"
"""Where the sign of the door leads."""


def public_site(folder: Path) -> Path:
    """Write the file, with the address of the pages, and return its path."""
    path = folder / "site.yaml"
    path.write_text(f"{WITHOUT_ADDRESS}  address: https://cameras.example.org/\n", encoding="utf-8")
    return path
