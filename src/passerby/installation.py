"""How an extra of passerby is installed: until there is a release, from a checkout or a wheel that was built from one.

Nobody holds the name `passerby` in a package index: an instruction that installs by this name could install what
somebody else put there.
"""


def how_to_install(extra: str) -> str:
    """Return the command that installs an extra, for a message.

    >>> how_to_install("store")
    "pip install '.[store]' in the passerby folder, or pip install './FILE.whl[store]' with its wheel"
    """
    return f"pip install '.[{extra}]' in the passerby folder, or pip install './FILE.whl[{extra}]' with its wheel"
