"""A JupyterHub and a simulated cluster to try groupscope on. Not part of the package."""
