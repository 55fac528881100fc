"""The words that :mod:`colloquia.conversation.refusals` reads by, as patterns over plain text.

Plain text is lower case, has straight apostrophes, single blanks and written-out contractions (``i cannot``, ``it is
not``), and arrives one sentence at a time. Each pattern is linear: every repetition inside one is bounded.
"""

from __future__ import annotations

import re


def _any(*phrases: str) -> str:
    """Return a pattern that matches any of ``phrases``, each a pattern itself."""
    return f"(?:{'|'.join(phrases)})"


def _verbs(bases: str) -> str:
    """Return a pattern for the verbs named in ``bases``, plain and with -ing."""
    forms = [f"{base}|{base.removesuffix('e')}ing" for base in bases.split()]
    return f"(?:{'|'.join(forms)})"


def _words(*phrases: str) -> re.Pattern[str]:
    """Compile ``phrases`` as alternatives, each beginning at the start of a word."""
    return re.compile(rf"\b{_any(*phrases)}")


# -- Who declines, and how: "I (really) cannot (in good conscience)", up to the verb --------------------------------

_ADVERB = r"(?:(?:[a-z]{2,12}ly|just|also|still|even|ever|therefore|in good (?:conscience|faith)),? ){0,2}"

_UNABLE = _any(
    rf"(?:cannot|will not|should not|must not)(?: and will not| or will not)?(?: be)? {_ADVERB}",
    rf"am {_ADVERB}(?:unable|unwilling|not (?:\w+ )?(?:able|going|willing|designed|programmed|in a position|here)) to ",
    rf"do not (?:have the (?:cap)?ability|want|wish|intend) to {_ADVERB}",
    rf"(?:must|have to|need to|will|would like to|am going to) (?:have to )?{_ADVERB}"
    rf"(?:decline|refuse|refrain|abstain) (?:to|from) {_ADVERB}",
    rf"(?:decline|refuse) to {_ADVERB}",
    r"would (?:rather|prefer) not (?:to )?",
    r"(?:am (?:not (?:\w+ )?|un)|do not (?:\w+ )?feel (?:\w+ )?)comfortable (?:with )?",
    rf"do not {_ADVERB}",
)
_SPEAKER = rf"(?:\bi (?:would )?{_ADVERB}|\bsorry,? (?:but )?(?:i )?{_ADVERB}|\bai\b[^.!?]{{0,60}}? and )"

# What is declined, in five kinds, because a character declines some of them too.
_KINDS = {
    # A helper's verbs. A guard says "I can't help you" as well: the object or the reason has to tell.
    "assist": _any(_verbs("help assist aid"), r"be of (?:help|assistance)"),
    # An author's verbs: characters do not depict, generate or role-play.
    "author": _verbs(
        "write create generate produce compose draft include depict portray describe narrate model simulate "
        "role-play roleplay impersonate construct craft promote glorify encourage",
    ),
    # A player's verbs: they refuse the role only together with what the role is.
    "play": _any(
        _verbs("play act pretend argue defend participate engage continue proceed join comply fulfill fulfil portray"),
        r"(?:mak|tak|go|carry|be|support)(?:e|ing)?",
    ),
    # A teacher's verbs: a prisoner does not tell either, so that the object or the reason has to tell.
    "tell": _verbs("provide share supply disclose reveal tell explain discuss outline teach answer respond address"),
    # A hand gives bread too: only information makes this verb a teacher's.
    "give": _any(_verbs("give offer"), r"(?:steer|go)(?:ing)?"),
}
_VERB = _any(*(rf"(?P<{kind}>{verbs})\b" for kind, verbs in _KINDS.items()))

DECLINES = re.compile(rf"{_SPEAKER}{_UNABLE}{_VERB}")
"""A speaker declines to do something that an assistant does; the group that matched is the kind of deed."""
