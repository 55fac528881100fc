"""The word lists that measures count by: our own, English, open; a change to one is a new version.

Nine classes of function words, by what English grammars list under them: closed classes written out in full, the open
end of adverbs and quantifiers by their most frequent members. A word may stand in two classes (``no`` negates and
quantifies; ``that`` is a pronoun and a conjunction). Words are those of
:func:`colloquia.analysis.measuring.words.plain_words`, contractions read as their parts. Hedges, apologies and the
first person are words and phrases; phrases are found in the words joined by blanks.
"""

from __future__ import annotations

import re

VERSION = 1
"""Version of all lists; part of the params of every measure that counts by them."""

FUNCTION_WORDS: dict[str, frozenset[str]] = {
    name: frozenset(listed.split())
    for name, listed in {
        "personal pronouns": """i me my mine myself we us our ours ourselves you your yours yourself yourselves he him
            his himself she her hers herself they them their theirs themselves themself""",
        "impersonal pronouns": """it its itself this that these those who whom whose what which whatever whichever
            whoever anybody anyone anything everybody everyone everything nobody nothing somebody someone something
            other others another such""",
        "articles": "a an the",
        "conjunctions": """and or but nor so yet because although though while whereas if unless until since as
            whether that than once when whenever where wherever also then""",
        "prepositions": """about above across after against along alongside amid among around as at before behind
            below beneath beside besides between beyond by despite down during except for from in inside into like
            near of off on onto out outside over past per regarding since through throughout to toward towards under
            underneath until up upon via with within without""",
        "auxiliary verbs": """am is are was were be been being have has had having do does did doing done will would
            shall should can could may might must ought""",
        "adverbs": """very really just even still already always often sometimes usually almost quite rather too so
            well now then here there again ever soon maybe perhaps only simply actually especially enough away back
            later yet instead therefore however finally certainly definitely probably""",
        "negations": "not no never none nobody nothing nowhere neither nor without cannot",
        "quantifiers": """all any both each every few fewer less least lot lots many more most much several some half
            enough plenty no none whole couple various little bit""",
    }.items()
}
"""The classes that style matching compares."""

MARKERS = tuple(name for name in FUNCTION_WORDS if name != "negations")
"""The eight classes that coordination is computed over."""


def _phrases(*listed: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{'|'.join(' '.join(listed).split())})\b".replace("_", " "))


HEDGES = _phrases(
    """maybe perhaps possibly probably presumably apparently seemingly supposedly arguably somewhat somehow roughly
    approximately likely unlikely might may_be may_not may_have may_well could_be could_have would_say
    (?<!the_)(?<!this_)(?<!that_)(?<!some_)(?<!what_)(?<!any_)(?<!every_)(?<!a_)(?<!same_)(?:sort|kind)_of
    more_or_less not_necessarily to_some_extent in_a_way in_my_opinion in_my_view""",
    """i_think i_guess i_suppose i_believe i_assume i_suspect i_feel_like i_imagine i_am_not_sure i_am_not_certain
    it_seems it_appears seems_to seem_to appears_to appear_to tends_to tend_to as_far_as_i_know if_i_am_not_mistaken""",
)
"""Words that take some of the commitment back."""

APOLOGIES = _phrases(
    """sorry apologi[sz]e apologi[sz]es apologi[sz]ed apologi[sz]ing apology apologies pardon_me forgive_me excuse_me
    my_bad i_beg_your_pardon"""
)

FIRST_PERSON = _phrases("i me my mine myself")
FIRST_PERSON_PLURAL = _phrases("we us our ours ourselves")

IDENTITY_BREAKS = re.compile(
    r"\bas an? (?:large )?(?:ai|a\.i\.|artificial intelligence|language model|llm|chatbot)\b"
    r"|\b(?:i am|i'm|i am just|i'm just|i am only|i'm only) an? (?:large )?(?:ai|language model|llm|chatbot|"
    r"virtual assistant|computer program)\b"
    r"|\bmy (?:training data|knowledge cutoff|programming|developers|creators)\b"
    r"|\bi (?:was|am|have been) (?:trained|created|developed|made|built) by\b"
    r"|\b(?:openai|chatgpt|gpt-\d|anthropic|claude|deepmind|gemini|mistral ai|deepseek|qwen|alibaba cloud|llama \d|"
    r"meta ai|smollm|hugging ?face)\b",
)
"""What shows the model behind the role; read in lower case with straight apostrophes."""
