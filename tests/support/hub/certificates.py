"""Certificates of an authority of the tests' own, made as a hub with internal_ssl makes its."""

from certipy import Certipy


def signed_pair(folder, name="hub"):
    """Return the paths of ``cert``, ``key`` and ``ca`` for 127.0.0.1, in ``folder``."""
    authority = Certipy(store_dir=str(folder))
    authority.create_ca("ours")
    return authority.create_signed_pair(name, "ours", alt_names=["IP:127.0.0.1"])["files"]
