"""PromQL, written once: each query is a named function that boards and rules both call."""
