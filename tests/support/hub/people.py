"""The users and groups of the session's hub."""

ODD = [
    "Alice",
    "user_1",
    "my.name@example.com",
    "zoë-名前",
    'quote"back\\slash',
    "two words",
    "a--b",
    "1starts-with-digit",
    "l" * 60,
]
CROWD = [f"user-{number:03}" for number in range(230)]
LONERS = ["Loner", CROWD[0]]
GROUPS = {
    "staff": ["Alice", "user_1"],
    "power users": ["Alice", "zoë-名前"],
    "курс": ["zoë-名前", "Alice"],
    'odd"gr\\oup': ODD[2:],
    "crowd": CROWD[1:],
    "empty": [],
}
ALL = [*ODD, *CROWD, "Loner"]
