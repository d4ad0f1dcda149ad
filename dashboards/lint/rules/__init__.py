"""The rules; each module is about one kind of thing."""
