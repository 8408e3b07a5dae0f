"""Words and phrases of English that decide what the mention of an option is worth."""

from typing import Final

_NUMBERS: Final = "zero one two three four five six seven eight nine ten eleven twelve"
NUMBERS: Final = tuple(_NUMBERS.split())
# Words that an answer may hold without saying anything about an option.
_FILLERS: Final = (
    "the answer is it i would say think believe guess choose pick select vote lean go going with "
    "my choice final correct option be should must so therefore thus hence then definitely "
    "certainly absolutely clearly probably likely most okay well um hmm actually wait sorry "
    "correction this that are they appears seems to looks like response best am will for opt in "
    "conclusion here です 입니다"
)
FILLERS: Final = frozenset(_FILLERS.split())
YES: Final = ("yes", "yeah", "yep", "yup")
NO: Final = ("no", "nope", "nah")
# Options that "yes" and "no" stand for.
POLAR: Final = (("correct", "incorrect"), ("true", "false"), ("right", "wrong"))
# As a sentence's first word these are often said to gain time: "Right, the dog is facing left."
INTERJECTIONS: Final = frozenset({"right", "ok", "okay"})

# What almost anything in a picture has. That a thing is red answers a question about that thing.
_PROPERTIES_WORDS: Final = (
    "black white red blue green yellow brown grey gray orange pink purple violet gold golden "
    "silver beige tan dark light bright dim pale big small large little tiny huge long short "
    "tall wide narrow thick thin high low deep shallow empty full old new young wet dry clean "
    "dirty round square flat curved straight smooth rough hot cold warm cool soft hard heavy "
    "wooden metal plastic plain striped spotted shiny"
)
PROPERTIES: Final = frozenset(_PROPERTIES_WORDS.split())
# Subjects that stand for whatever was asked about.
_GENERIC_WORDS: Final = (
    "image picture photo photograph scene object subject thing color colour answer one ones main"
)
GENERIC: Final = frozenset(_GENERIC_WORDS.split())
# In place of "I disagree" and its like.
RETRACTED: Final = "retracted"
# Words that say nothing of their own where a noun follows: "in the open air", "the left ear".
_ADJECTIVES_WORDS: Final = (
    "open closed left right front back top bottom upper lower happy sad real fake whole half "
    "close far near clear cloudy sunny raised lowered standing sitting upright single double "
    "same different visible"
)
ADJECTIVES: Final = PROPERTIES | frozenset(_ADJECTIVES_WORDS.split())
# Nouns before which such a word is the answer all the same: "the left side".
_HEADS_WORDS: Final = (
    "side direction colour color one ones option answer choice image picture photo photograph "
    "side sides half position pose posture state way box part sky wards hand handed angle view"
)
HEADS: Final = frozenset(_HEADS_WORDS.split())
# Words after an option that begin no noun phrase.
_FUNCTION_WORDS: Final = (
    "is are was were be being been has have had does do did can could will would may might must "
    "should not no never and or nor but because since as while if when where which who that "
    "than then so thus in on at of to from by with for about into onto over under above below "
    "behind beside between through near next toward towards against across along around away "
    "after before during without within like unlike there here now too also only very quite "
    "rather really again still just already yet even the a an this these those its his her "
    "their my your our it he she they we you i one another other both either neither all each "
    "every some any what how, facing looking pointing seen shown appears seems looks stands "
    "sits lies"
)
FUNCTION: Final = frozenset(_FUNCTION_WORDS.split())
_DETERMINERS_WORDS: Final = (
    "a an the this that these those its his her their my your our some any each every no s has "
    "have having with in on at of by upon two three four many several"
)
DETERMINERS: Final = frozenset(_DETERMINERS_WORDS.split())
# Prepositions and particles: with a noun after them they are not the answer, as in "on the wall".
_PARTICLES_WORDS: Final = "on off in out up down over by to at with about around"
PARTICLES: Final = frozenset(_PARTICLES_WORDS.split())

# Everyday phrases with an option's word in them that say nothing about it.
IDIOMS: Final = (
    r"(?:that|you|they) (?:is|are) (?:not |quite |absolutely )?(?:right|correct)"
    r"(?: (?:that|about))?|"
    r"(?:yeah|yes|oh)[, ]+(?:right|sure)(?=\s*[.!])|"
    r"(?:a|any|every|no|the) right to(?! the)|happy (?:birthday|easter|new|ending|hour)|"
    r"the (?:inside|outside) of|"
    r"all right|right (?:now|away|angles?|here|there|enough|side up)|"
    r"(?<!the )(?<!to )(?<!facing )(?<!its )(?<!towards )(?<!toward )right "
    r"(?:in(?! (?:the|this|that) (?:image|picture|photo|frame|view))|into|next|beside|behind|"
    r"under|underneath|beneath|above|below|before|after|between|through|against|at|on|by|near|"
    r"across|around|onto|over|along|inside|outside|up|down|off|out|opposite|past|within)|"
    r"in front of|on top of|"
    r"(?:close|set|made|shows?|ends?|sums?|zoom(?:ed|ing)?|clos\w+|mak\w+|set\w*|hold\w*|pick\w*|"
    r"look\w*|line\w*|dress\w*|back\w*|grew|grow\w*|up) up|"
    r"(?:look\w*|com\w+|go\w*|went|head\w*|walk\w*|step\w*|lean\w*|sit\w*|lie\w*|lay\w*) back|"
    r"back to (?:back|the)|"
    r"(?:what|there|nothing|something|one|some|many|much) (?:is|are) left|"
    r"left (?:over|behind|alone)|"
    r"left (?:the|his|her|their|its|a|an) \w+|"
    r"(?:has|have|had|having|was|were|been|just|already|recently) (?:\w+ly |just |been )?left"
    r"(?!-| (?:side|of|hand)\b)|from left to right|from right to left|"
    r"black[ -]and[ -]white(?: (?:photo\w*|picture|image|film))?|white and black photo\w*|"
    r"open (?:air|ended|question|to|up|space|field|water|sea|sky|source|minded)|"
    r"in the open|close[ -](?:ups?|inspection|look)|closer (?:look|inspection|to being)|"
    r"on closer|up close|so far|as far as|far (?:too|more|from|less)|by far|"
    r"(?:it|this|that|thing|point|fact|evidence) (?:is|seems|becomes|appears) "
    r"(?:very |quite |fairly )?clear"
    r"(?=\s*(?:that|from|to|[:,]))|clear (?:from|that|to see|why|which|whether|how|view|sign|"
    r"evidence|indication)|make(?:s)? (?:it )?clear|"
    r"(?:i|we) (?:am|are|would be|will be) (?:very |so |more than )?(?:happy|glad|sorry|sad) to|"
    r"happy to (?:help|assist|answer|say|look)|sad to say|"
    r"(?:was|were|been|grew up) (?:born and )?raised (?:in|by|on|at|with)|"
    r"(?:on|as a|the|in) whole(?= (?:picture|image|photo|scene|thing|body))|as a whole|"
    r"(?:this|that|the|each|which|no|any|every|other|another|at|on|in|for|by|as) one|"
    r"one of (?:an?|its|his|her|my|our|your)\b|"
    r"one (?:another|can|could|might|would|should|by one|day|side|hand|end|must|sees|"
    r"may|at|thing(?: is (?:very |quite )?clear)?)|"
    r"(?:one|two|three|four|five|six|[1-9]) of "
    r"(?:them|which|whom|(?:these|those|the)(?: (?:two|three|four|five|six|[2-9])\b)?)|"
    r"no (?:doubt|question|problem|matter|wonder|worries|need|idea|way|longer|one)\b|"
    r"(?:bas\w+|depend\w*|focus\w*|rel\w+|go\w*) (?:up)?on|"
    r"on (?:the )?(?:other hand|one hand|average|closer|second thoughts?)|"
    r"in (?:fact|general|particular|this case|my opinion)|over(?:all|t)|"
    r"light (?:source|from|of|in|on|falls?|shines?)|(?:in|to) (?:the )?light|short of|in short|"
    r"long (?:as|before|ago|enough)|as long|no longer|before long|little (?:bit|doubt)|a little"
)

# An answer that is one of these words, with options that are these in English.
_ABROAD: Final = {
    "yes": "sí si sim oui ja да はい 是 是的 有 네 예 tak evet так 对 हाँ نعم igen kyllä",
    "no": "não non nein nee нет いいえ 否 不是 没有 不 아니요 nie hayır ні नहीं لا nem ei nej",
    "left": "左 左边 左侧 左側 izquierda esquerda gauche links слева налево 왼쪽 sinistra lewo sol",
    "right": "右 右边 右侧 右側 derecha direita droite rechts справа направо 오른쪽 destra prawo",
}
ABROAD: Final = {word: english for english, words in _ABROAD.items() for word in words.split()}
