"""What the demo says when it cannot go on."""

from harness.processes import HarnessError


class DemoError(HarnessError):
    """The demo cannot go on; the message is a sentence with the next step."""
