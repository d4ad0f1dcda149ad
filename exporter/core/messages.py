"""Sentences that name settings, worded where it is known who reads them.

What is wrong with the hub or a setting is found in the midst of the exporter. What a setting is
called depends on who reads it: ``--hub-url`` on a command line, ``hubUrl`` in the form of the
Grafana app.
"""

from collections.abc import Callable
from string import Formatter

SettingNames = Callable[[str], str]
"""What a reader calls a setting: ``hub_url`` → ``--hub-url``."""


class Message:
    """A sentence with settings and values in braces.

    Of ``Message("No answer in {seconds:g} s: allow more with {timeout}.", seconds=10.0)`` the
    ``settings`` are ``("timeout",)``, as no value has that name. ``worded`` gives ``No answer in
    10 s: allow more with --timeout.``, and ``str()`` the same with ``timeout``. A value that is a
    message is worded alike; other values are put in as they are, with braces if they hold any.
    """

    def __init__(self, template: str, /, **values: object) -> None:
        self._template = template
        self._values = values

    @property
    def settings(self) -> tuple[str, ...]:
        """The settings that it names, in order and without repeats; not those of its values."""
        fields = (field for _, field, _, _ in Formatter().parse(self._template) if field)
        return tuple(dict.fromkeys(field for field in fields if field not in self._values))

    def worded(self, names: SettingNames) -> str:
        """Return the sentence for a reader who has these names for settings."""
        values = {name: worded(value, names) for name, value in self._values.items()}
        settings = {name: names(name) for name in self.settings}
        return self._template.format_map(values | settings)

    def __str__(self) -> str:
        return self.worded(str)


class ExplainedError(Exception):
    """An error whose ``message`` says what to do; a text is taken as it is."""

    def __init__(self, message: Message | str) -> None:
        super().__init__(str(message))
        self.message = message if isinstance(message, Message) else Message("{text}", text=message)


def worded(value: object, names: SettingNames) -> object:
    """Return a message or an error's message as a text for a reader, anything else as it is."""
    if isinstance(value, ExplainedError):
        value = value.message
    return value.worded(names) if isinstance(value, Message) else value
