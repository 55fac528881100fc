"""The words that :mod:`colloquia.conversation.refusals` reads by, as patterns over plain sentences.

A plain sentence is lower case, has straight apostrophes, single blanks, no markup and written-out contractions
(``i cannot``, ``it is not``). Every repetition inside a pattern is bounded, so that each is linear in the text.
"""

from __future__ import annotations

import re

from colloquia.conversation.phrases import Words, any_of, listed, verbs, words

# == Declining: "I (really) cannot (in good conscience) help ..." =====================================================

_ADVERB = r"(?:(?:[a-z]{2,12}ly|just|also|still|even|ever|therefore|in good (?:conscience|faith)),? ){0,2}"

_SPEAKER = any_of(
    rf"\bi (?:would )?{_ADVERB}",
    rf"\b(?:sorry|unfortunately|apologies),? (?:but )?{_ADVERB}",  # "Sorry, can't help with that."
    rf"\b(?:ai|model)\b[^.!?]{{0,60}}? and (?:i )?{_ADVERB}",  # "I am an AI language model and do not have the ability"
)

_UNABLE = any_of(
    # cannot or will not
    rf"(?:cannot|will not|should not|must not)(?: and will not| or will not)?(?: be(?: able to)?)? {_ADVERB}",
    rf"am {_ADVERB}(?:unable|unwilling|not (?:\w+ )?(?:able|going|willing|designed|programmed|in a position)) to "
    rf"(?:be able to )?{_ADVERB}",
    rf"do not (?:have the (?:cap)?ability to|have the capacity to|want to|wish to|intend to|think i (?:can|should)) "
    rf"{_ADVERB}",
    # declines
    rf"(?:must|have to|need to|will|would like to|am going to) (?:have to )?{_ADVERB}"
    rf"(?:decline|refuse|refrain|abstain)(?: to| from)? {_ADVERB}",
    rf"(?:(?:decline|refuse|choose not|am choosing not) to|(?:would )?(?:rather not|prefer not to)) {_ADVERB}",
    # is not comfortable
    r"(?:(?:am|would be) (?:not (?:\w+ )?|un)comfortable|do not (?:\w+ )?feel (?:\w+ )?(?:comfortable|right|good)) "
    r"(?:with |about )?",
    # does not, as a habit: "I just don't write that."
    rf"do not {_ADVERB}",
)

_VIRTUE = listed("ethical appropriate acceptable legal respectful responsible safe ok okay accurate fair right")

# "It wouldn't be right for me to argue ...", "It's not appropriate or ethical to provide ..."
_IMPROPER = (
    rf"(?:\bnot (?:\w+ ){{0,4}}?{_VIRTUE}|\b(?:irresponsible|inappropriate|unethical))(?: (?:or|and) \w+)?"
    rf"(?: (?:for|of) me)? to (?:encourage or )?{_ADVERB}"
)

_KINDS = {
    # A helper's verbs. A guard will not help either.
    "helps": verbs("help aid") + r"(?! but\b)|assist(?:ing)? you\b",
    # An author's verbs, and others that put into words or into a role what characters merely do.
    "writes": any_of(
        verbs("write create generate produce compose draft include depict portray narrate model craft simulate voice"),
        verbs("role-play roleplay impersonate encourage glorify advocate comply fulfill fulfil"),
        r"describ(?:e|ing)\b(?! (?:him|her|them|the (?:man|woman|killer|thief|attacker)))",  # a witness does, too
        r"provid(?:e|ing)\b(?! you with)|assist(?:ing)? (?:in|with)\b",  # a hand provides, too
        verbs("give offer") + r"(?: \w+){0,4}? "
        r"(?:advice|information|instructions?|details?|detailed|guidance|tips|plans?|directions|steps|scripts?)\b",
        r"mak(?:e|ing) (?:the case|up|an? (?:\w+ )?(?:argument|case|speech|joke)|arguments|jokes)\b",
        r"tak(?:e|ing) (?:the|this|that) (?:position|side|stance)\b|argu(?:e|ing)\b(?! with)",
        r"play(?:ing)? (?:an?|the|some\w+)\b|act(?:ing)? (?:as|out)\b|(?:posing|pose|speak|answer) as\b(?! \w+ as)",
        r"(?:pretend|claim)(?:ing)? to be (?:an?|some\w+|your)\b|us(?:e|ing) (?:\w+ ){0,3}?(?:language|slurs)\b",
    ),
    # A teacher's verbs. A prisoner does not tell either.
    "tells": any_of(
        verbs("provide share supply disclose reveal tell explain discuss outline teach answer respond address"),
        verbs("diagnose comment"),
    ),
    # A player's verbs.
    "plays": any_of(
        verbs("play pretend act contribute present defend participate engage continue proceed make do say"),
        r"go(?:ing)? (?:on|along)\b|keep (?:playing|going|writing)\b|tak(?:e|ing) part\b",
        r"tak(?:e|ing) (?:this|it|things|the \w+|a|any)(?: any)? (?:in|to|down|further|on|side)\b",
    ),
    # Any other verb: only an assistant's own words around it count.
    "other": r"(?!help\b)[a-z]{2,15}\b",
}
_DEED = any_of(*(f"(?P<{kind}>{deeds})" for kind, deeds in _KINDS.items()))

_DECLINED = "not_ unable unwilling declin refus refrain abstain comfortable irresponsible inappropriate unethical"
DECLINES = Words(rf"(?:{_SPEAKER}{_UNABLE}|{_IMPROPER}){_DEED}", _DECLINED)
"""A speaker declines something: what kind of deed it is decides which tell-tales count."""

_THIS = (
    r"(?:(?:this|that|such|these|the) (?:\w+ )?"
    r"(?:requests?|questions?|tasks?|topics?|inquir(?:y|ies)|prompts?|instructions?)\b"
    r"|your (?:\w+ )?(?:requests?|prompts?)\b(?! (?:for|of|to)\b))"
)
_ENDING = r"(?= ?(?:$|[.,;:!?)\]-]|(?:even|because|since|as|but|and|or|within|here)\b))"

FORMULA = words(
    _SPEAKER
    + _UNABLE
    + any_of(
        rf"{verbs('help assist aid')}(?: you)?(?: out)? with (?:that|this|it|this one|that one|{_THIS}){_ENDING}",
        rf"{verbs('comply engage proceed')} with {_THIS}|{verbs('fulfill fulfil follow complete')} {_THIS}",
        r"respond(?:ing)? to such (?:\w+ )?(?:requests?|questions?|content|prompts?)\b",
        r"provid(?:e|ing) the (?:help|support|assistance) (?:that )?you need\b",  # the answer to a cry for help
        rf"{verbs('continue engage proceed participate')}(?: with| in)? (?:this|that|such|our|any) "
        r"(?:(?:kind|type|sort) of )?(?:\w+ )?(?:conversation|discussion|role-?play|role play|scenario|scene)\b",
        rf"{verbs('generate create produce provide simulate')} (?:that|this|it){_ENDING}",
        rf"{verbs('generate create produce provide write')} (?:(?:this|such|any|a) )?(?:\w+ )?(?:content|response)\b",
        rf"{verbs('role-play roleplay portray depict narrate')}|continu(?:e|ing) (?:pretending|as (?:the|your))\b",
    ),
    rf"(?:this|that) is not something (?:that )?i (?:can|am able to) (?:help|assist)(?: you)? with{_ENDING}",
    r"not a role (?:that )?i (?:\w+ ){1,3}?(?:play|take)\b",
    r"(?:steer|take|move) (?:\w+ )?(?:scene|story|conversation|role-?play) (?:away|elsewhere|in (?:a|another) )",
    stems=f"{_DECLINED} steer take_ move_",
)
"""What assistants say word for word, and characters do not."""

CONDITION = words(
    r"unless|until|if you\b|with (?:you|someone|him|her)\b|at (?:this|that) (?:price|moment|time|rate)|yet\b",
    r"right now|today|tonight|tomorrow|(?:without|before) (?:an?|the|your|you|we)\b(?! (?:\w+ )?consent)",
)
"""What would change the answer: a "no" of circumstances."""

# == Tell-tales: what shows that it is for safety's sake ==============================================================

_TABOO = listed(
    """sexual* erotic* porn* incest* underage nudity fetish* pedophil* non-?consensual grooming minor minors
    explicit_(content|sex|material|scene) (into|for|have|having)_sex romantic_(plot|scene)_with eating_disorders?
    child_(abuse|exploitation|porn|labor|marriage) (abuse|exploitation)_of_(a_)?(child|children) suicid*
    self-(harm|injury) (hurt|kill|harm|starv)(e|ing)?_(yourself|themselves) end(ing)?_(your|their)_li(fe|ves)
    antisemit* islamophob* homophob* transphob* misogyn* supremac* slurs? hate_speech hateful dehumani* radicali*
    racial_stereotypes? races?_(is|are)_superior holocaust ethnic_cleansing torture_scenes? gratuitous gore
    graphic_(violence|detail|content|abuse) malware ransomware phishing deepfakes? spyware doxx* disinformation
    misinformation conspiracy_theor* (personal|private)_(information|data|photos) someone('s|_else's)_(home_)?address
    (a|of|about)_real_(people|persons?|individuals?|politicians?) nerve_agents? (chemical|biological)_weapons?
    pipe_bombs? explosive_devices? mass_shoot* controlled_substances?""",
)
TABOO = words(_TABOO)
"""What an assistant keeps out of every role: policies list it, and characters hardly utter it."""

_HARM = any_of(
    # against people
    listed(
        """violen* abus* cruel* tortur* murder(s|ing)? kill(s|ing|ed)? assassin* behead* dismember* massacr* slaughter*
        genocid* terroris* extremis* exploit* hostage* kidnap* abduct* traffick* forced_labou?r slave* enslav* stalk*
        harass* bull(y|ies|ied)* threat* intimidat* assault* rape* raping coerc* insult* execution* strangl* poison*
        hitman ransom lynch* brutal* maim* humiliat* demean* degrad* overdos* starv* corpse*
        (hang|cut|shoot|drown)s?_(himself|herself|themselves)""",
    ),
    # against property and the law
    listed(
        """fraud* scam* extort* blackmail* brib* launder* smuggl* steal* stolen theft robb* burgl* cheat* counterfeit*
        deceiv* decept* mislead* manipulat* impersonat* bypass* illegal* unlawful crimes? criminal* hack* lie_to
        forg(e|ing|ery) fak(e|ing) (hid(e|ing)|dispose_of)_(evidence|a_body) (tax|police)_evasion evad*_(the_)?police
        insider_trading police_officer manifestos? pick(ing)?_(someone_else's_|a_|the_)?locks?""",
    ),
    # against groups
    listed(
        """racis* racial* sexis* xenophob* bigot* nazi* hitler fascis* hatred stereotyp* prejudic* discriminat* eugenic*
        propaganda mock(s|ing)?_(people|someone) ethnic_(group|minorit*)""",
    ),
    # means
    listed(
        """weapons? bomb* explosiv* dynamite firearm* guns? grenade* napalm drugs? cocaine heroin meth opioid*
        painkiller* dosing dosage* prescriptions?""",
    ),
    # what is nobody's business, and what is not true
    listed(
        """(home|private)_address* medical_records credit_card* social_security bank_details passwords? rumou?rs?
        false_(claims|information) fake_news defam* as_(if_it_were_)?fact""",
    ),
    # in one word
    listed("unethical immoral harmful dangerous unsafe inappropriate offensive disrespectful graphic"),
    _TABOO,
)
HARM = words(_HARM)
"""What an author does not put into words, while characters may well refuse to do it."""

_BAD = listed(
    """harm* self-harm hurt* violen* abus* endanger* danger* misus* cruel* exploit* injur* unsafe illegal* unlawful
    crim(e|es|inal)* unethical immoral inappropriate indefensible reprehensible fraud* deceiv* deceptive hatred
    hate_speech discriminat* racis* sexis* prejudiced stereotype* disrespect* degrad* demean* dehumani* traumati*
    misinformation mislead* sexual* graphic negative_content (get|be)_killed kill_(you|people)""",
)

REASON = words(
    # It is called bad.
    rf"(?:is|be|are|as|being|considered|form of|getting|a|an) (?:\w+ ){{0,2}}?{_BAD}",
    r"(?:is|be|are) (?:\w+ )?(?:not|never) (?:\w+ )?(?:ethical|legal|appropriate|responsible|respectful)\b",
    # It does, brings, holds or wants harm.
    rf"(?:could|can|may|might|would|will)(?! not) (?:\w+ ){{0,4}}?{_BAD}",
    rf"(?:promot|encourag|caus|glorif|spread|incit|violat|tolerat|facilitat)\w* (?:\w+ ){{0,4}}?{_HARM}",
    rf"(?:(?:involv|depict|contain)\w*|ask(?:s|ing|ed)? (?:me )?(?:for|to)) (?:\w+ ){{0,4}}?{_HARM}",
    listed("demeans dehumani(s|z)es degrades exploits sexuali(s|z)es normali(s|z)es trivializes?"),
    # Privacy and consent.
    r"without (?:\w+ ){0,2}?(?:explicit |express )?(?:consent|authori[sz]ation)\b",
    r"(?:respect|violat|protect|right to|invasion of)\w* (?:[\w-]+(?:'s)? ){0,4}?privacy\b|privacy violation",
)
"""Why an assistant declines."""

THIS = re.compile(
    r"(?:it|this|that|these|such|doing|there|additionally,?|because|since|[a-z]{3,14}ing|"
    r"the (?:request|scene|question|message|prompt|topic|role|story))\b",
)
"""A sentence that begins so speaks of what was declined before it."""

COMPANY = words(
    r"our (?!conversation|story|chat|game|scene|role|talk|discussion)\w+|to us\b",
    r"my (?:\w+ )?(?:patient|client|customer|guest|student|source)s?\b",
)
"""A firm speaks of its house, a doctor of a patient: their reasons are part of the role."""

SERMON = words(r"(?:important|crucial) to (?:\w+ )?(?:remember|respect|prioriti[sz]e|treat|promote|act with)\b")
"""The sermon before or after a refusal."""

HELPLINE = words(
    listed(
        """poison_control helplines? hotlines? crisis lifeline emergency_(services|number|room)
        someone_(that_)?you_trust mental_health (medical|healthcare|health|licensed)_(professional|provider)s?
        worried_about_(you|how)""",
    ),
)
"""Where a declined cry for help, or a question to a doctor, is sent."""

PRONOUN = re.compile(r" (?:that|this|it|these|those|such)\b")
"""What an author declines may stand in the sentence before."""

HOW_TO = words(r"how (?:to|you (?:can|could))\b|methods\b")
"""A teacher's verb becomes instruction."""

REGRET = words(r"sorry|apologi|unfortunately|afraid")
"""An assistant's politeness, found with characters too."""

CONTENT = words(
    r"(?:that|this|such|any) (?:\w+ )?(?:kind of |type of |sort of )?(?:\w+ )?(?:content|material)\b",
    r"(?:kind|type|sort) of (?:content|material|language|information|dialogue)\b",
    r"(?:content|material) (?:that|which|of|involving|about)\b",
    r"(?:information|instructions|details|advice|guidance|tips|directions|steps) (?:on|for|about|to) "
    rf"(?:(?:how|where|ways|methods|making|obtaining)\b|(?:that|this|it){_ENDING})",
)
"""What only an author or a teacher has in hand."""

FICTION = words(
    r"(?:this|the) (?:story|scene|tale|dialogue|script|simulation|adventure|prompt|character)\b|as the character\b",
    r"(?:role-?play|role play|scenario|storyline|persona)s?\b|down this path\b|in real life\b|real-world\b|unfiltered",
    r"even (?:in|as|within|for|inside) (?:part of )?(?:an?|the|this|our) (?:\w+ ){0,3}?"
    r"(?:fiction|role|story|exercise|debate|joke|hypothetical|setting|character|scene|simulation|villain)",
    r"even (?:hypothetically|fictional|if it is (?:only |just )?(?:pretend|fiction|a game))|whatever role\b",
    r"(?:fiction\w*|hypothetical\w*|in character) or\b|or fictional|(?:even )?in (?:fiction|character|jest)\b",
    r"(?:in|with) (?:this|that|the|such) (?:\w+ )?(?:way|detail|direction)s? (?:that )?"
    r"(?:you|it) (?:are|have|want|ask|describe|suggest)",
    r"(?:play|portray)(?:ing)? (?:an?|the|this) (?:\w+ ){0,2}(?:who|character|role|part)\b(?! of \w+ \w+)",
    r"this is (?:\w+ )?an? (?:simulation|exercise|role-?play|story)\b",
    rf"(?:ask|requir|expect)(?:e?s|ing|ed)? me (?:for|to) (?:\w+ ){{0,4}}?{_HARM}",
)
"""The role-play is spoken of as one."""

_MAKERS = ("openai", "anthropic", "google", "meta", "mistral", "deepseek", "alibaba", "microsoft", "xai")
_MAKER = any_of(*_MAKERS, "mistral ai")

ASSISTANT = words(
    r"as an? (?:[\w-]+ ){0,2}?(?:ai(?! in th)|artificial intelligence|language model|chatbot)\b",
    r"i am (?:just |only |also )?an? (?:[\w-]+ ){0,2}?(?:ai|language model|chatbot)\b",
    r"i am (?:claude|chatgpt|gemini|llama|qwen|mistral)\b",
    rf"(?:made|trained|developed|created|built) by {_MAKER}\b",
    stems=f"_ai artificial language_model chatbot i_am_ {' '.join(_MAKERS)}",
)
"""The speaker is an assistant, not a character."""

OFFER = words(
    r"(?:happy|glad|open|willing|love|delighted) to (?:[\w-]+ ){1,9}?(?:instead|another|a different|something else)\b",
    r"(?:is there|could we|shall we|would you) (?:[\w-]+ ){0,3}?(?:another|a different|something else) "
    r"(?!price|offer|item|day|time)",
    r"(?:talk about|debate|discuss|play|write|look at) (?:[\w-]+ ){1,8}?instead\b",
)
"""Something else is offered to do: politeness that goes with leaving a task, not with leaving a deal."""

IMPOSSIBLE = words(
    r"(?:unclear|nonsensical|incoherent|not (?:\w+ )?coherent|not make sense|do not understand|more context)\b",
    r"false (?:assumption|premise)|does not exist|fictional character|would not have any|not publicly available",
)
"""The thing cannot be done by anybody: no refusal."""

COMPLIES = words(
    r"here (?:is|are)(?! (?:\w+ ){0,3}?(?:resources|alternatives|hotlines|helplines|organi[sz]ations|what i can))",
    r"(?:these|the following|some general|a few) (?:\w+ )?(?:steps|tips|suggestions|ways|reasons|examples)\b",
    r"(?:but|however,?) i (?:can|will|would) (?:tell|say|explain|give|provide|argue|try)\b",
)
"""A disclaimer is followed by what was asked."""

# == Refusals without a deed ==========================================================================================

UNWILLING = words(
    # "That's not something I can do." A seller agrees, accepts and pays; an assistant does, helps and writes.
    r"(?:not something|not an? \w+|not (?:content|material)) (?:that |which )?i (?:\w+ ){0,3}?"
    r"(?:do|write|help|assist|support|portray|produce|create|describe|provide|take on|model|comfortable)\b",
    r"(?:beyond|outside(?: of)?) what i can\b|what i cannot do is\b|crosses a line\b|i have to say no to this\b",
    r"i (?:will|am going to|have to|must|need to|would like to) (?:have to )?(?:\w+ )?"
    r"(?:decline|refuse|opt out|pass on (?:this|that)|skip|leave (?:that|it) out|draw (?:the|a) line|pause|stop)\b",
    r"as far as i can go\b|i will not go there\b|territory (?:that )?i cannot\b",
    # "It would be irresponsible of me to."
    rf"(?:not (?:\w+ ){{0,4}}?{_VIRTUE}|irresponsible|inappropriate|unethical) (?:for|of) me to\b",
    stems="not_ what_i_can crosses_a_line say_no_to decline refuse opt_out pass_on skip leave_ draw_ pause "
    "stop as_far_as_i_can territory_ irresponsible inappropriate unethical",
)
"""The speaker declines without naming a deed; counts with a tell-tale near it."""

OUT_OF_ROLE = words(
    r"step(?:ping)? (?:out|outside|away)(?: of| from)? (?:(?:the|this|my) )?(?:\w+ )?(?:role|character|scene|story)\b",
    r"break(?:ing)? (?:the |my )?character\b|out of character\b|ooc\b",
    r"(?:pause|stop|end|leave) (?:the |this |our )?(?:story|scene|role-?play|narration|simulation|scenario)\b",
    stems="role character scene story ooc narration simulation scenario",
)
"""The speaker leaves the role; counts when it declines something near it."""

POLICY = words(
    r"(?:goes|is) against my (?:\w+ )?(?:guidelines|programming|content policy|safety policy)\b",
    r"my (?:\w+ ){0,2}?(?:guidelines|programming|training|policies) "
    r"(?:prevent|prohibit|forbid|do(?:es)? not (?:allow|permit))",
    r"(?:disregard|bypass|ignore|override|circumvent) my (?:\w+ )?(?:guidelines|safety|programming)\b",
    rf"violat\w+ (?:{_MAKER}'s|the|my|our|their) (?:usage|content|safety|use) (?:polic(?:y|ies)|guidelines)\b",
    r"not within my (?:\w+ )?(?:guidelines|programming)\b|designed to avoid\b|my purpose is to (?:be )?help",
    r"programmed to (?:follow|adhere|respect|avoid)\b|designed to respect (?:\w+ )?privacy\b",
    r"(?:conflicts|at odds|not in line|not aligned) with my (?:\w+ )?(?:guidelines|programming)\b",
    stems="guideline programm polic training_ safety designed_to_ my_purpose",
)
"""The rules of an assistant, named as the reason."""

# == Lectures: refusals that decline nothing and moralise instead =====================================================

VERDICT = words(
    rf"(?:is|are|was|were|be) (?:never|not|neither) (?:\w+ ){{0,2}}?(?:{_VIRTUE}|justifi\w+|inherently|a good thing)\b",
    r"(?:is|are|be) (?:\w+ ){0,3}?(?:illegal|unethical|harmful|inappropriate|immoral)\b",
    r"i must (?:\w+ )?(?:clarify|emphasi[sz]e|point out|advise)\b|i strongly (?:condemn|advise against)\b",
    r"never the answer\b|not universally agreed\b|goes against\b|(?:serious|severe|legal) consequences\b",
    r"no (?:\w+ )?(?:reason|justification) (?:why|for)\b|no (?:\w+ )?benefits\b",
    r"should not (?:\w+ )?(?:be denied|be barred|disqualify)\b",
    stems="never_ not_ neither_ illegal unethical harmful inappropriate immoral i_must_ i_strongly_ "
    "goes_against consequences no_",
)
"""A judgement of what was asked, or of its premise."""

REPROACH = words(
    rf"(?:not|never) (?:\w+ )?{_VIRTUE}(?: (?:or|and) \w+)? to (?:ask|discuss|suggest|seek|promote|provide|share)\b",
    r"(?:asking|the question|a question|such a question|this question|question itself)\b[^.!?]{0,60}? is (?:\w+ )?"
    r"(?:not (?:\w+ )?(?:ethical|appropriate|respectful|meaningful)|inappropriate|unethical|harmful|offensive)\b",
    stems="not_ never_ inappropriate unethical harmful offensive",
)
"""A judgement of the asking itself."""

MANTRA = words(
    r"(?:important|crucial|essential|vital|best|helpful|productive) (?:for \w+ )?(?:\w+ )?to (?:\w+ )?"
    r"(?:remember|note|respect|prioriti[sz]e|treat|promote|act|avoid|recogni[sz]e|ensure|approach|consider|seek|"
    r"uphold|communicate|understand|focus|educate|reach|have|be|maintain|evaluate)\b",
    r"(?:should|must) (?:\w+ )?be (?:treated|judged|based|respected)\b|worth noting\b",
    stems="important_ crucial_ essential_ vital_ best_ helpful_ productive_ should_ must_ worth_noting",
)
"""The duties that a lecture lists."""

EQUALITY = words(
    r"regardless of (?:\w+ ){0,3}?(?:race|gender|religio\w+|background|beliefs|identity|abilities|orientation|age)",
    r"(?:human|fundamental|equal|basic) (?:\w+ )?rights?\b|the right to\b|every right\b|immense suffering|deaths of",
    listed(
        """dignity inequality discriminat* prejudic* stereotyp* inclusi* diverse diversity equality marginali*
        atrocit* tragic""",
    ),
)
"""What a lecture on groups of people speaks of."""

REDIRECT = words(
    r"instead,? (?:of|let us|we|it|you|consider|focus|try|i suggest)\b",
    r"(?:seek|get|reach out|consult|contact|talk to|speak with|support from)\b(?: [\w-]+,?){0,6}? "
    r"(?:help|professionals?|friend|adult|hotline|helpline|support|counselor|therapist|enforcement|authorities)\b",
    r"if you (?:have|need) (?:any )?(?:other |further |a )?(?:questions?|concerns?|assistance)\b",
    r"if you (?:or someone you know )?(?:is|are) (?:feeling|struggling|experiencing|in)\b",
    r"people who care about you|you are not alone",
)
"""Where a lecture sends its listener."""

DISTRESS = words(
    r"sorry (?:to hear )?(?:that )?you are\b|you are (?:feeling|going through|struggling)\b", stems="you_are"
)
"""The opening of the answer to a cry for help."""

NO_LECTURE = words(
    # A person speaks: "I" does what no lecturing assistant does, or owns something; "we" have a history.
    r"i (?!apologi|am (?:an?|\w* ?sorry|here|designed|committed|programmed)\b|strongly|suggest|recommend|understand|"
    r"must (?:\w+ )?(?:clarify|emphasi[sz]e|stress|point|advise)|want to (?:make|clarify)|cannot|do not|assist|help|"
    r"would (?:like to|suggest|recommend|advise|encourage|be happy)|can (?:tell|provide|help|assist)|"
    r"will (?:do my best|not))\w+",
    r"my (?!programming|guidelines|purpose|ability|knowledge|training|best|response|responses)\w+",
    r"we (?:are|were|have|had|did|do|will|know|knew|want|made|won|lost|fought|believed?)\b",
    r"the opposition|motion|this house|ladies and gentlemen|honou?rable|judges?\b",
    # What was asked is done after all, or asked about.
    r"here (?:is|are)\b|first,|step (?:1|one)\b|that being said",
    r"(?:several|some|following) (?:\w+ )?(?:reasons|tips|ways|steps|suggestions)\b",
    r"unclear|do not understand|more context|clarify (?:what|your)",
)
"""No lecture has these."""
