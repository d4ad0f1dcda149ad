"""What the demo's hub answers, at the time of which the gallery has pictures."""

from demo.gallery import DAYS, NOW
from demo.questions import Question, questions
from demo.world import make_world
from docs_build.markdown import table


def answers() -> str:
    """Return a row for each of the three questions, with what is true in the demo's world."""
    world = make_world(NOW.timestamp(), DAYS)
    rows = (
        (question.text, f"**{_worded(question)}**", f"*{question.panel}*")
        for question in questions(world)
    )
    return table(("question", "answer", "panel of the User groups board"), rows)


def _worded(question: Question) -> str:
    """Return ``17 people``, ``1,262 GPU-hours`` or ``51 % of what was requested``."""
    if question.unit.startswith("of "):
        return f"{question.true():.0%} {question.unit}".replace("%", " %", 1)
    return f"{question.true():,.0f} {question.unit}"
