"""Rules that end a conversation or are only noted, as a study writes them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from colloquia.conversation.stopping import (
    DealRule,
    ExitRule,
    GoodbyeRule,
    LoopRule,
    PhraseRule,
    RefusalRule,
    Rule,
    SecondsRule,
    TokensRule,
    TruncatedRule,
)
from colloquia.errors import nearest

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from colloquia.places import Place

_WORDS = ("goodbye", "deal", "refusal", "loop", "truncated")
_TABLES = ("phrase", "exit", "tokens", "seconds")


def read_rules(value: object, roles: Sequence[str], place: Place, *, has_moves: bool = False) -> tuple[Rule, ...]:
    """Return the rules of a scenario, in the order of the study; a deal is read in moves, where there are some.

    Raises:
        DesignError: an entry is no rule.
    """
    if not isinstance(value, list):
        raise place.error('expected a list, such as ["refusal", { phrase = "Goodbye.", by = "guest" }].')
    if "deal" in value and not has_moves:
        raise place.at(value.index("deal")).error(
            "a deal is an accepted offer, and this procedure has no moves to make one; bargain has."
        )
    return tuple(_rule(entry, roles, place.at(number)) for number, entry in enumerate(value))


def _rule(entry: object, roles: Sequence[str], place: Place) -> Rule:
    words = entry if isinstance(entry, dict) else {place.text(entry): True}
    if isinstance(entry, str) and entry in _WORDS:
        return _plain(entry, roles)
    kind = next((word for word in _TABLES if isinstance(entry, dict) and word in entry), None)
    if kind is None or set(words) - {kind, *(["by"] if kind == "phrase" else [])}:
        unknown = next((word for word in words if word != kind), "")
        known = (*_WORDS, *_TABLES, "by")
        hint = "" if unknown in known else nearest(unknown, known)
        raise place.error(f'{entry!r} is no rule: write "refusal" or {{ phrase = text, by = role }}.{hint}')
    return _of_table(kind, words, roles, place)


def _plain(word: str, roles: Sequence[str]) -> Rule:
    rules: dict[str, Rule] = {
        "goodbye": GoodbyeRule(seats=len(roles)),
        "deal": DealRule(),
        "refusal": RefusalRule(),
        "loop": LoopRule(),
        "truncated": TruncatedRule(),
    }
    return rules[word]


def _of_table(kind: str, words: Mapping[str, Any], roles: Sequence[str], place: Place) -> Rule:
    here = place.at(kind)
    if kind == "tokens":
        return TokensRule(most=here.whole_number(words[kind], least=1))
    if kind == "seconds":
        seconds = here.dollars(words[kind], what="a number of seconds")
        if seconds <= 0:
            raise here.error("is 0; a conversation needs some time.")
        return SecondsRule(most=seconds)
    text = here.text(words[kind])
    if not text.strip():
        raise here.error("is empty.")
    if kind == "exit":
        return ExitRule(text=text)
    by = place.at("by").known(str(words.get("by", "anyone")), ("anyone", *roles), what="role of this scenario")
    return PhraseRule(phrase=text, by=by)
