"""JupyterHub service that serves group memberships to Prometheus."""

from importlib.metadata import version

__version__ = version("groupscope")
