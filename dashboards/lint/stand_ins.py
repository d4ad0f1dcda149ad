"""What can stand in the place of Grafana's variables, so that a query with them can be parsed.

Grafana replaces a variable by its value's text before it asks Prometheus, so it can be any part of
a query: a duration, a name or a part of one, a function, labels, matchers, an operator. Where the
text around it leaves only one kind, that is put there; where there are several, ``readings`` yields
each, the likeliest first.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice, product

from dashboards.lint.built_in import AUTO_INTERVAL, OTHER_WINDOW, TEXTS
from dashboards.lint.surroundings import Surroundings
from dashboards.schema.variables import VARIABLE, reference

STAND_IN = "variable_"
"""What a variable's name begins with once it stands in a query as a label's or metric's name."""

CHOSEN = frozenset({"stdvar", "stdvar_over_time", "mad_over_time", "sinh"})
"""Functions that hardly anybody uses: they stand for the one that a variable chooses."""
_ONE_OF_A_KIND = (
    # By what they take: an instant vector, a range, a number and one of them, and so on.
    *("stdvar", "stdvar_over_time", "quantile", "clamp_min", "quantile_over_time"),
    *("predict_linear", "pi", "clamp", "double_exponential_smoothing"),
)
_NAMES = """
stdvar stdvar_over_time quantile mad_over_time sinh pi topk clamp_min quantile_over_time
histogram_quantile predict_linear rate irate increase delta idelta deriv changes resets sum avg
min max count group sum_over_time avg_over_time min_over_time max_over_time count_over_time
last_over_time present_over_time absent absent_over_time abs round clamp stddev stddev_over_time
bottomk clamp_max histogram_sum histogram_count histogram_avg sort sort_desc ceil floor
count_values label_replace
"""
_FUNCTIONS = tuple(_NAMES.split())
_TAKES_A_NUMBER = re.compile(
    r"\b(topk|bottomk|limitk|limit_ratio|quantile|quantile_over_time|histogram_quantile)\s*"
    r"((by|without)\s*\([^()]*\)\s*)?\(\s*$"
)
_RANGE_FOLLOWS = re.compile(r"\s*\([^()]*\]\s*(offset\s+\S+\s*)?[,)]")
_AGGREGATES = re.compile(
    r"\b(sum|min|max|avg|group|count|stddev|stdvar|topk|bottomk|quantile|count_values)\s*$"
)
_GROUPS = re.compile(r"\b(by|without|on|ignoring|group_left|group_right)\s*$")
_OPERATORS = r"and|or|unless|atan2|bool|offset|by|without|on|ignoring|group_left|group_right"
_OPERAND_ENDS = re.compile(r"[\w\"')\]}]\s*$")
_WORD_OPERATOR = re.compile(rf"\b({_OPERATORS})\s*$")
_OPERAND_BEGINS = re.compile(rf"\s*(?!({_OPERATORS})\b)[\w(\"']")
_QUOTING = ("doublequote", "singlequote", "json")
_MOST_READINGS = 200

_Choice = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class _Word:
    """A run of letters with at least one variable in it: ``${agg}_over_time``."""

    text: str
    names: tuple[str, ...]
    formats: str

    @property
    def only_variables(self) -> bool:
        return not VARIABLE.sub("", self.text)

    def filled(self, fill: str = "") -> str:
        """Return the word with each variable replaced, by its stand-in where nothing is given."""
        return VARIABLE.sub(lambda match: fill or f"{STAND_IN}{reference(match).name}", self.text)


def readings(text: str) -> Iterator[str]:
    """Yield a query with each variable replaced by what can stand there; the likeliest first."""
    choices = list(_choices(text))
    likeliest = [choice[0] for choice in choices]
    yield "".join(likeliest)
    several = [n for n, choice in enumerate(choices) if len(choice) > 1]

    def others() -> Iterator[str]:
        # Two of the same kind mostly mean the same.
        for rank in range(1, max((len(choices[n]) for n in several), default=0)):
            yield "".join(choice[min(rank, len(choice) - 1)] for choice in choices)
        for n in several:
            for other in choices[n][1:]:
                yield "".join([*likeliest[:n], other, *likeliest[n + 1 :]])
        if len(several) > 1:
            yield from map("".join, product(*choices))

    yield from islice(others(), _MOST_READINGS)


def _choices(text: str) -> Iterator[_Choice]:
    """Yield the query piece by piece: what is written as it is, variables as what they can be."""
    around = Surroundings()
    end = 0
    for match in VARIABLE.finditer(text):
        if match.start() < end or reference(match).name[0].isdigit():
            continue
        around.read(text[end : match.start()])
        if around.quoted:
            yield (text[end : match.start()],)
            yield (f"{STAND_IN}{reference(match).name}",)
            end = match.end()
            continue
        # In a range a colon is no part of a name.
        letters = r"\w" if around.inside == "[" else r"[\w:]"
        begun = re.search(rf"{letters}*\Z", text[end : match.start()])
        start = end + begun.start() if begun else match.start()
        run = re.compile(rf"(?:{letters}|{VARIABLE.pattern})+").match(text, start)
        stop = run.end() if run else match.end()
        yield (text[end:start],)
        around.forget(match.start() - start)
        choice = _of_word(_word(text[start:stop]), around, text[stop:])
        yield choice
        around.read(choice[0])
        end = stop
    yield (text[end:],)


def _word(text: str) -> _Word:
    references = list(map(reference, VARIABLE.finditer(text)))
    formats = "".join(each.format for each in references)
    return _Word(text, tuple(each.name for each in references), formats)


def _of_word(word: _Word, around: Surroundings, after: str) -> _Choice:
    before = around.text
    if around.inside == "[" or re.search(r"\boffset\s+-?\s*$", before):
        return (_duration(word),)
    if word.names[0] in TEXTS and len(word.names) == 1:
        return (word.filled(TEXTS[word.names[0]]),)
    if word.names[0].startswith(AUTO_INTERVAL):
        return (f"{OTHER_WINDOW}s",)
    if re.search(r"@\s*$", before):
        return ("1700000000",)
    if around.inside == "{":
        return (_in_matchers(word, before, after),)
    if around.inside == "labels":
        return (_listed(word.filled(), before, after, "(", ")"),)
    if _GROUPS.search(before):
        return (f"({word.filled()})",)
    if re.match(r"\s*(\(|(by|without)\b)", after):
        return _of_function(word, before, after)
    if re.match(r"\s*[{\[]", after):
        return (word.filled(),)
    return _of_operand(word, before, after)


def _duration(word: _Word) -> str:
    """Return what stands in a range: with a unit behind it a number, else a duration."""
    if word.only_variables:
        return TEXTS.get(word.names[0], f"{OTHER_WINDOW}s")
    text = VARIABLE.sub(
        lambda match: TEXTS.get(reference(match).name, str(OTHER_WINDOW)), word.text
    )
    if re.match(r"\d+\$|\d+\[\[", word.text):
        # The number is written, the variable is the unit.
        text = VARIABLE.sub("s", word.text)
    return text


def _in_matchers(word: _Word, before: str, after: str) -> str:
    if re.search(r"(=~?|!~)\s*$", before):
        quoted = any(each in word.formats for each in _QUOTING)
        return f'"{word.filled()}"' if quoted else word.filled()
    if re.match(r"\s*(=|!)", after):
        return _listed(word.filled(), before, "", "{", "}")
    matchers = [f'{STAND_IN}{name}="{STAND_IN}{name}"' for name in word.names]
    return _listed(", ".join(matchers), before, after, "{", "}")


def _listed(text: str, before: str, after: str, opening: str, closing: str) -> str:
    """Return a part of a list: a variable may hold the comma before or behind it."""
    begins = before.rstrip().endswith((opening, ","))
    ends = not after.strip() or after.lstrip().startswith((closing, ","))
    return f"{'' if begins else ', '}{text}{'' if ends else ', '}"


def _of_function(word: _Word, before: str, after: str) -> _Choice:
    if word.only_variables and _AGGREGATES.search(before):
        return (f"by ({word.filled()})",)
    if word.only_variables and _is_operand(before):
        return ("+", "and", "> bool")
    pattern = re.sub(VARIABLE, ".*", word.text)
    over_time = _RANGE_FOLLOWS.match(after) is not None

    def unlikely(name: str) -> tuple[bool, bool]:
        return name not in CHOSEN, name.endswith("_over_time") is not over_time

    several = _ONE_OF_A_KIND if word.only_variables else _FUNCTIONS
    fitting = (name for name in several if re.fullmatch(pattern, name))
    return tuple(sorted(fitting, key=unlikely)) or (word.filled(),)


def _of_operand(word: _Word, before: str, after: str) -> _Choice:
    if not word.only_variables:
        number = word.filled("1")
        is_number = re.fullmatch(r"[\d.eE]+", number) is not None
        return (number,) if is_number else (word.filled(),)
    if re.search(r"\d\.$", before) or re.match(r"\.\d", after):
        # The digits before or behind the point: 0.$quantile.
        return ("1",)
    if _is_operand(before):
        # A variable may be an operator, or a whole end such as "offset 1d" or "> 5".
        first, second = ("+", "") if _OPERAND_BEGINS.match(after) else ("", "+")
        return (first, second, word.filled())
    if _OPERAND_BEGINS.match(after):
        return ("", word.filled())
    likely = (word.filled(), "1", "")
    return ("1", word.filled(), "") if _TAKES_A_NUMBER.search(before) else likely


def _is_operand(before: str) -> bool:
    """Return whether what stands before is whole, so that an operator may follow."""
    return bool(_OPERAND_ENDS.search(before)) and not _WORD_OPERATOR.search(before)
