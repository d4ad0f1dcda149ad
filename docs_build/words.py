"""The words that texts for users do not have, and what to write instead.

Spelling is codespell's, American as in code. These are about meaning: verbs that read as translated
where the field has one of its own.
"""

import re
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Word:
    """A pattern that is not written, what is, and an example of each."""

    pattern: re.Pattern[str]
    instead: str
    bad: str
    good: str


def _word(pattern: str, instead: str, *, bad: str, good: str) -> Word:
    return Word(re.compile(pattern, re.IGNORECASE), instead, bad, good)


WORDS = (
    _word(
        r"\b(?:what|which \w+) lacks?\b|\black(?:s|ing)?(?= *(?:[.,;:)]|and\b|or\b|$))",
        "“is missing”, or name what it lacks",
        bad="It says which scope lacks.",
        good="It reports which scope is missing.",
    ),
    _word(
        r"\btold\b(?! apart)",
        "reported, exported, configured, known",
        bad="The exporter was told who pays first.",
        good="The exporter is configured with a priority.",
    ),
    _word(
        r"\b(?:nobody|nothing|no \w+|exporter|hub|panel|page|metrics?|series|board)s? tells?\b"
        r"(?! .{0,40}\b(?:apart|from)\b)",
        "reports, exports, shows, says",
        bad="While no exporter tells a hub's memberships",
        good="While no exporter reports a hub's memberships",
    ),
    _word(
        r"\b(?:is|are|was|were|be|been|being|gets?) asked\b|\bseldom asked\b|\bwho asks\b",
        "queried, requested, required",
        bad="The hub is asked once a minute.",
        good="The hub is queried once a minute.",
    ),
    _word(
        r"\basks? (?:the hub|prometheus|grafana)\b(?! to\b)",
        "queries",
        bad="The exporter asks the hub alone.",
        good="The exporter queries only the hub.",
    ),
    _word(
        r"\b(?:says?|tells?|speaks?) of\b",
        "reports, is about",
        bad="What an alert speaks of is red there.",
        good="What an alert is about is red there.",
    ),
    _word(
        r"\bwhose (?:boards|dashboards) (?:these|they) are\b|\bbelongs? to nobody's\b",
        "name the owner",
        bad="It says whose boards these are.",
        good="It names their owner.",
    ),
    _word(
        r"\bof (?:nobody|no user)\b(?! in the hub)",
        "orphaned, of no user in the hub",
        bad="Directories of nobody",
        good="Orphaned directories",
    ),
    _word(
        r"\b(?:anew|meanwhile|unless told)\b",
        "again, in the meantime, by default",
        bad="It reads the file anew.",
        good="It reads the file again.",
    ),
    _word(
        r"\blets? in who\b|\bwhoever sends\b",
        "accepts",
        bad="It lets in who sends a token.",
        good="It accepts any request with a token.",
    ),
    _word(
        r"\b(?:failed|last|successful) readings?\b",
        "refresh",
        bad="Failed readings of the hub",
        good="Failed refreshes",
    ),
    _word(
        r"\bbears? (?:it|that|both|them)\b",
        "handles, copes with",
        bad="The boards bear both.",
        good="The boards handle both.",
    ),
    _word(
        r"\bthe one who looks\b|\bwho looks at it\b",
        "viewers",
        bad="The one who looks at it has little time.",
        good="Viewers are busy.",
    ),
    _word(
        r"\bin a gap (?:they|it) (?:are|is) those\b|\bwhat is (?:so|that) old it does not\b",
        "a plain sentence",
        bad="And what is so old it does not serve.",
        good="It does not serve data that old.",
    ),
)
