"""Pure functions of users and groups: memberships, names, metrics and their text."""
