"""The last good snapshot on disk, so that it survives a restart."""
