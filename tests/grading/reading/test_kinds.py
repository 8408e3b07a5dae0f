"""Kinds of answers that were read wrongly, or left open though clear, with their neighbours.

The sentences are made up here. Sources of the kinds: MMVP 8 and 21, lighteval 869, lmms-eval 1100,
Kimi-Dev 6, VLMEvalKit 512, and what 39,832 published answers of 25 models showed.
"""

import pytest

from clipblind.grading import parse_choice, read_answer

Options = tuple[str, ...]

SIDE = ("Left", "Right")
DOOR = ("Open", "Closed")
YES_NO = ("Yes", "No")
LAMP = ("On", "Off")
BOX = ("Box A", "Box B")
DEPTH = ("A is closer", "B is closer")
TRUTH = ("Correct", "Incorrect")
COUNT = ("1", "2")
PETS = ("Cat", "Dog", "Bird")
IMAGES = ("the second image", "the third image")

REASONING = [
    # lighteval 869, lmms-eval 1100, Kimi-Dev 6: blocks of any name
    "<reasoning>Perhaps (a).</reasoning>{}",
    "<thought>It is (a)</thought>\n{}",
    "<reflection>(a), surely</reflection>\n\n{}",
    "<inner_monologue>(a)</inner_monologue>{}",
    "<analysis>The answer is (a).</analysis>{}",
    "[THINK]Answer: (a)[/THINK]{}",
    "<THINKING>(a)</THINKING>{}",
    "< think >(a)</ think >{}",
    "&lt;think&gt;(a)&lt;/think&gt;{}",
    "\\<think\\>(a)\\</think\\>{}",
    "\\u003cthink\\u003e(a)\\u003c/think\\u003e{}",
    "＜think＞(a)＜/think＞{}",
    "◁think▷(a)◁/think▷{}",
    "<think>(a)</think><think>no, still (a)</think>{}",
    "The tail tells that it is (a).</think>{}",
    "It looks like (a).</deliberation>{}",
    "<|channel|>analysis<|message|>So (a).<|end|><|start|>assistant<|channel|>final<|message|>{}",
    "analysisThe answer is (a).assistantfinal{}",
    "Thinking...\nSo (a).\n...done thinking.\n\n{}",
    "<|begin_of_thought|>(a)<|end_of_thought|>{}",
    "<|START_THINKING|>(a)<|END_THINKING|><|START_RESPONSE|>{}<|END_RESPONSE|>",
    "<unused94>thought\n(a)<unused95>{}",
    '<details type="reasoning"><summary>Thoughts</summary>(a)</details>{}',
    "```thinking\n(a)\n```\n{}",
    "<SUMMARY>(a)</SUMMARY><CAPTION>left</CAPTION><REASONING>(a)</REASONING>{}",
]
TURNS = [
    # MMVP 8: what follows a new turn was never said by the contender
    "{}\n\nQuestion: Where is the cat?\nAnswer: (a)",
    "{}\nQ: Which side?\nA: (a)",
    "{}\n### Human: again?\n### Assistant: (a)",
    "{}\n###\n(a)",
    "{} ### (a)",
    "{}\nUSER: and now? ASSISTANT: (a)",
    "{} USER: and now? ASSISTANT: (a)",
    "{}\nHuman: (a)?",
    "{}\n\nUser: why?\n\nAssistant: because (a)",
    "{}<|im_end|>\n<|im_start|>user\nwhy?<|im_end|>\n<|im_start|>assistant\n(a)",
    "{}<end_of_turn>\n<start_of_turn>user\n(a)",
    "{}</s><s>[INST] why? [/INST] (a)",
    "{}<|eot_id|><|start_header_id|>user<|end_header_id|>\n\n(a)",
    "{}<｜end▁of▁sentence｜><｜User｜>why?<｜Assistant｜>(a)",
    "{}\n问题：为什么？\n答案：（a）",
]
MARKED = [
    "{}</s>",
    "<s> {}",
    "<s>{}<pad><pad>",
    "{}<|endoftext|>",
    "{}<|im_end|>",
    "<final>{}</final>",
    "<answer>{}</answer>",
    "<ANS>{}</ANS>",
    "<final_answer> {} </final_answer>",
    "<result>{}</result>",
    "<output>{}</output>",
    "<CONCLUSION>{}</CONCLUSION>",
    "[ANSWER]{}[/ANSWER]",
    "<|begin_of_box|>{}<|end_of_box|>",
    "<|begin_of_solution|>{}<|end_of_solution|>",
    "<my_own_tag>{}</my_own_tag>",
    "ASSISTANT: {}",
    "USER: Which side? (a) Left (b) Right ASSISTANT: {}",
    "<|im_start|>assistant\n{}",
]
ABROAD = [
    "答案是（b）",
    "正确答案是B。",
    "答案：B",
    "选B",
    "我选择（B）",
    "La respuesta es B",
    "La respuesta correcta es la opción (b).",
    "Respuesta: b",
    "A resposta é B.",
    "La réponse est (b)",
    "Die Antwort ist B.",
    "Die richtige Antwort lautet (b)",
    "La risposta corretta è B",
    "Ответ: B",
    "Правильный ответ (b).",
    "答えはBです。",
    "정답은 B입니다.",
    "Cevap: b",
    "右",
    "derecha",
]

CASES: dict[str, list[tuple[str, Options, str | None]]] = {
    "taken back": [
        ("Final answer: yes. Correction: no.", YES_NO, "b"),
        ("Answer: (a). Sorry, I meant (b).", SIDE, "b"),
        ("The answer is left. Wait, right.", SIDE, "b"),
        ("The answer is (a). On second thought, (b).", SIDE, "b"),
        ("(a). My mistake, (b).", SIDE, "b"),
        ("(a) Yes. This is incorrect.", YES_NO, None),
        ("(b). I disagree.", SIDE, None),
        ("(b) is what I said first; that was wrong.", SIDE, None),
        ("Yes is wrong.", YES_NO, None),
        ("Final answer: (a). Actually, I can't tell.", SIDE, None),
        ("It seems shut but it isn't.", ("Shut", "Ajar"), "b"),
        ("One could call it closed, yet it is not.", DOOR, None),
    ],
    "other than": [
        ("Everything but (a)", SIDE, None),
        ("Anything except (b)", SIDE, None),
        ("any option other than (a)", PETS, None),
        ("She is facing away from the left", SIDE, None),
    ],
    "idioms and attributes": [
        ("The cup is right beside the plate.", SIDE, None),
        ("He peers right into the room.", SIDE, None),
        ("The train has already left.", SIDE, None),
        ("She left her bag there.", SIDE, None),
        ("Only crumbs were left.", SIDE, None),
        ("A picnic in the open air.", DOOR, None),
        ("That is an open question.", DOOR, None),
        ("It is clear that nobody is here.", ("Clear", "Foggy"), None),
        ("I am happy to help.", ("Happy", "Angry"), None),
        ("I'm happy to help! The boy looks angry.", ("Happy", "Angry"), "b"),
        ("The foal was raised on a farm.", ("Raised", "Lowered"), None),
        ("This is one of those days.", ("One", "Three"), None),
        ("There are 2 cups, one of them blue.", COUNT, "b"),
        ("Based on this, the bulb is dim.", LAMP, None),
        ("The lamp stands on a shelf.", LAMP, None),
        ("The lamp is on.", LAMP, "a"),
        ("The lamp on the desk is off.", LAMP, "b"),
        ("It has been switched off", LAMP, "b"),
        ("It has a short tail.", ("Short", "Long"), None),
        ("The fence is white.", ("White", "Brown"), None),
        ("It is white.", ("White", "Brown"), "a"),
        ("White", ("White", "Brown"), "a"),
        ("The street is wet.", ("Wet", "Dry"), None),
        ("The whole scene is staged.", ("Whole", "Sliced"), None),
        ("The tower is far too high to see.", ("Near", "Far"), None),
        ("Dogs walk rightwards.", SIDE, "b"),
    ],
    "an option that begins with a letter": [
        ("Point B, on the right, is closer", DEPTH, None),
        ("B is closer", DEPTH, "b"),
        ("Point B is closer.", DEPTH, "b"),
        ("A", DEPTH, "a"),
        ("(B) B is closer", DEPTH, "b"),
        ("A bird is closer to us than the tree", DEPTH, None),
        ("Box A", BOX, "a"),
        ("Neither box is tight. Box B is red.", BOX, None),
    ],
    "numbers": [
        ("1. Compare both sides first.", SIDE, None),
        ("x^2 + y^2", SIDE, None),
        ("(2^2 - 1)", SIDE, None),
        ("4 + 1", ("4", "5"), None),
        ("I count one. Another hides behind it.", COUNT, None),
    ],
    "headings and cut-off essays": [
        ("**Low angle**: When the camera is below", ("Eye level", "Low angle"), None),
        ("Left: what lies there is a", SIDE, None),
        ("**Low angle**", ("Eye level", "Low angle"), "b"),
    ],
    "an explicit last line": [
        (
            "The second image is darker.\nThe third image is alike.\n\n(B) the third image",
            IMAGES,
            "b",
        ),
        (
            "The second image is blue, the third image is red.\n**(A) the second image**",
            IMAGES,
            "a",
        ),
        ("The second image fits. The third image is darker.\n\nThe third image", IMAGES, "b"),
        ("The dog is facing left.\nRight", SIDE, None),
        ("Left\nRight", SIDE, None),
        ("If it moves, the answer is yes. Answer: Yes", YES_NO, "a"),
        ("The third image is the most similar; the second image is not sharp.", IMAGES, "b"),
        ("B\nThe missing part is that of the second image.", IMAGES, None),
    ],
    "yes, and then a denial": [
        ("Yes. There are trees without leaves.", YES_NO, None),
        ("Yes, one might hope so, but there is no boat.", YES_NO, None),
        ("Yes, the two colours differ.", YES_NO, None),
        ("Yeah, right. There is no boat.", YES_NO, None),
        ("Yes, there is a boat.", YES_NO, "a"),
        ("No doubt.", YES_NO, None),
        ("No problem, let me look.", YES_NO, None),
        ("No.", TRUTH, "b"),
        ("Yes.", TRUTH, "a"),
        ("It is false that the door is closed.", DOOR, None),
    ],
    "more than two options": [
        ("C", PETS, "c"),
        ("(c)", PETS, "c"),
        ("(c) Bird", PETS, "c"),
        ("(c) Dog", PETS, None),
        ("It is a bird.", PETS, "c"),
        ("The third option", PETS, "c"),
        ("(3)", PETS, "c"),
        ("The answer is D.", ("1", "2", "3", "4"), "d"),
        ("not (a)", PETS, None),
        ("A cat and a dog", PETS, None),
        ("(a) Cat (b) Dog (c) Bird", PETS, None),
        ("(a) Cat (b) Dog (c) Bird\nAnswer: C", PETS, "c"),
        ("cat, dog or bird? Bird", PETS, "c"),
        ("Z", tuple(f"thing{n}" for n in range(26)), "z"),
        ("(i)", tuple(f"thing{n}" for n in range(10)), "i"),
        ("I can't say", tuple(f"thing{n}" for n in range(10)), None),
        ("None of the above", ("Cat", "Dog", "None of the above"), "c"),
    ],
}

# Options, an answer, and a person's reading (nothing: undecided). Left open is never wrong.
NEVER_WRONG = """
Left|Right|He is right-handed.|
Left|Right|The right answer is left.|a
Left|Right|Left of the tree stands a dog looking right.|b
Left|Right|The dog looks right at us.|
Left|Right|You'd think left, but no.|b
Left|Right|To its left is a ball, and it looks to the right.|b
Left|Right|It's on my right but it faces left.|a
Left|Right|Not right.|a
Left|Right|The opposite of left.|b
Left|Right|Definitely not left|b
Left|Right|turned to the left, away from the right|a
Left|Right|I was going to say left; it is right.|b
Left|Right|Right? I don't think so.|a
Left|Right|The dog has two left feet.|
Left|Right|There is nothing left to see.|
Left|Right|They have a right to be there.|
Left|Right|He's right there.|
Left|Right|Left is what you see in the mirror; the real direction is right.|b
Open|Closed|The case is closed: the door is open.|a
Open|Closed|Closed for business, yet the door stands open.|a
Open|Closed|It is anything but closed.|a
Open|Closed|I would not call it open.|b
Open|Closed|The mouth is closed and the eyes are open.|
Open|Closed|Its eyes are wide open.|a
Open|Closed|It is closer to the camera.|
Open|Closed|It is as open as can be.|a
Open|Closed|The opening is closed.|b
Open|Closed|It used to be open.|b
Open|Closed|The closed one is the other; this is open|a
Yes|No|Certainly not.|b
Yes|No|Absolutely.|a
Yes|No|Of course there is.|a
Yes|No|I see none.|b
Yes|No|There are none.|b
Yes|No|No, wait, yes.|a
Yes|No|No, I mean yes.|a
Yes|No|Yes and then some.|a
Yes|No|Yes, if you squint.|
Yes|No|No hat. Yes, a scarf.|
Yes|No|If so, yes; otherwise no.|
Yes|No|Far from it.|b
Yes|No|Yes, it lacks one.|
Yes|No|No one could deny it.|a
Yes|No|Not that I can see.|b
Yes|No|Yes? No.|b
Yes|No|The answer could be yes or no; I'd go with no.|b
Yes|No|I wouldn't say no.|a
1|2|There is 1 on the left and 1 on the right.|b
1|2|One plus one.|b
1|2|At least one, maybe two.|
1|2|Not one but two.|b
1|2|More than one.|b
1|2|I see 2, no, 1.|a
1|2|On the one hand I see a cup.|
One|Two|Only one of the two is visible.|a
Three|Four|Three of the four legs are visible.|a
Three|Four|four-legged|
Red|Blue|The sky is blue and the car is red.|
Red|Blue|It isn't blue.|a
Red|Blue|Reddish|
Red|Blue|It is a red car next to a blue one.|
Black|White|A black and white cow.|
White|Black|The background is white.|
Sitting|Standing|The man standing behind her is not asked about; she sits.|a
Sitting|Standing|It is sitting on a standing desk.|a
Sitting|Standing|Long-standing tradition.|
Happy|Sad|Sadly, he looks happy.|a
Happy|Sad|Happy birthday is written on the cake.|
Real|Toy|It's really a toy.|b
Real|Toy|A toy that looks real.|b
Up|Down|The thumb is up.|a
Up|Down|He looks down at his cup, which is upside down.|b
Up|Down|Summing up, it points down.|b
Up|Down|It's pointing down the hill|b
Day|Night|Good day! It is night.|b
Day|Night|It looks like day but it is night.|b
Front|Back|The back of the car is in front of us.|b
Front|Back|Seen from the front.|a
Visible|Not visible|Hardly visible.|
Visible|Not visible|The tail isn't visible, the head is.|
Correct|Incorrect|It is correct to say that it is incorrect.|b
Correct|Incorrect|Not quite correct.|b
Full|Empty|The cup is not empty.|a
Full|Empty|The full picture shows an empty glass.|b
Cat|Dog|It's a dog dressed as a cat.|b
Cat|Dog|The cat is chased by the dog.|
Cat|Dog|It is not a cat.|b
Cat|Dog|A cat would have longer whiskers. It is a dog.|b
Inside|Outside|The inside of the box is red.|
Inside|Outside|From outside one sees it is inside.|b
In the car|On the car|The dog sits on the car, not in it.|b
Left|Right|(a) would be wrong.|b
Left|Right|I'd rule out (b).|a
Left|Right|(b) is not the answer, (a) is.|a
Left|Right|Between (a) and (b), the former.|a
Left|Right|Certainly (a)... or is it (b)?|
Left|Right|A or B? B.|b
Left|Right|Not (b).|a
Left|Right|Option A says left, which is false.|b
Left|Right|The model answered (a), but the truth is (b).|b
Left|Right|Some would choose A. I choose B.|b
Left|Right|If I must: A|a
Left|Right|Is it A? No. Is it B? Yes.|b
Left|Right|A is the answer to another question.|
Left|Right|Plan B|
Left|Right|Vitamin A|
Left|Right|Grade A beef|
Large|Small|It is a large dog in a small house.|
Large|Small|By and large it is small.|b
Long|Short|In short, it is long.|a
Light|Dark|The light is off, so it is dark.|b
Light|Dark|There is a light in the dark room.|
Round|Square|The table is round.|
Wet|Dry|Dry humour aside, it is wet.|a
"""


@pytest.mark.parametrize("row", NEVER_WRONG.strip().splitlines())
def test_an_adversarial_answer_is_read_as_a_person_reads_it_or_left_open(row: str) -> None:
    first, second, text, reading = row.split("|")
    assert parse_choice(text, (first, second)) in (None, reading or None)


@pytest.mark.parametrize("form", REASONING)
@pytest.mark.parametrize(("answer", "choice"), [("(b)", "b"), ("Right", "b")])
def test_a_draft_in_a_block_of_any_name_is_no_answer(form: str, answer: str, choice: str) -> None:
    assert parse_choice(form.format(answer), SIDE) == choice


@pytest.mark.parametrize("block", ["<think>", "<reasoning>", "[THINK]", "<scratchpad>", "◁think▷"])
def test_a_block_that_never_ends_holds_no_answer(block: str) -> None:
    assert parse_choice(f"{block} it must be (b). So the answer is (b).", SIDE) is None
    assert parse_choice(f"(a)\n{block} or is it (b)", SIDE) == "a"


@pytest.mark.parametrize("form", TURNS)
def test_a_new_turn_ends_the_answer(form: str) -> None:
    assert parse_choice(form.format("(b)"), SIDE) == "b"


@pytest.mark.parametrize("form", MARKED)
def test_special_tokens_vanish_and_tags_mark(form: str) -> None:
    assert read_answer(form.format("(b)"), SIDE) == ("b", "certain", "")


@pytest.mark.parametrize("answer", ABROAD)
def test_an_answer_in_another_language_is_read_by_its_label(answer: str) -> None:
    assert parse_choice(answer, SIDE) == "b"


@pytest.mark.parametrize(
    ("text", "options", "expected"),
    [
        pytest.param(*case, id=f"{theme}: {case[0][:40]!r}")
        for theme, cases in CASES.items()
        for case in cases
    ],
)
def test_each_kind_is_read_as_a_person_reads_it_or_left(
    text: str, options: Options, expected: str | None
) -> None:
    assert parse_choice(text, options) == expected


@pytest.mark.parametrize(
    ("text", "question", "expected"),
    [
        ("The road is not wet.", "Is the road wet?", "b"),
        ("The road is wet.", "Is the road wet?", "a"),
        ("It isn't wet.", "Is the road wet?", "b"),
        ("There is no boat.", "Is there a boat in the picture?", "b"),
        ("There is a boat on the lake.", "Is there a boat?", "a"),
        ("There are no leaves on the tree.", "Are there leaves on the tree?", "b"),
        ("Not all the cups are full.", "Are all the cups full?", "b"),
        # other words, or fewer: left to a judge
        ("The road is dry.", "Is the road wet?", None),
        ("The wall is wet.", "Is the road wet?", None),
        ("The cups are full.", "Are all the cups full?", None),
        ("There is no boat with a sail.", "Is there a boat?", None),
        ("The road would be wet.", "Is the road wet?", None),
        ("Is the road wet", "Is the road wet?", None),
        # beside a "yes" or a "no"
        ("Yes. The road is not wet.", "Is the road wet?", None),
        ("No, the road isn't wet.", "Is the road wet?", "b"),
    ],
)
def test_a_statement_in_the_questions_words_answers_it(
    text: str, question: str, expected: str | None
) -> None:
    assert parse_choice(text, YES_NO, question) == expected
    assert parse_choice(text, YES_NO) in (None, expected)


def test_a_colour_is_read_of_what_the_question_asks_about() -> None:
    colours = ("White", "Brown")
    assert parse_choice("The fence is white.", colours, "What colour is the fence?") == "a"
    assert parse_choice("The gate is white.", colours, "What colour is the fence?") is None


@pytest.mark.parametrize("text", ["-1", "-2.0", "1.0", "TRUE"])
def test_what_a_spreadsheet_made_of_an_answer_is_said(text: str) -> None:
    """VLMEvalKit 512 and its like: (1), 1 and Yes come back as -1, 1.0 and TRUE."""
    assert read_answer(text, YES_NO) == (None, "", "altered by a spreadsheet")


@pytest.mark.parametrize(
    ("text", "options", "tier"),
    [
        ("(a)", SIDE, "certain"),
        ("Left", SIDE, "certain"),
        ("(a) Left", SIDE, "certain"),
        ("It's left.", SIDE, "certain"),
        ("The tail is long. Answer: A", SIDE, "certain"),
        ("(a) Left. Its nose is there.", SIDE, "certain"),
        (
            "The second image is blue, the third image is red.\n(A) the second image",
            IMAGES,
            "certain",
        ),
        ("The dog is facing left.", SIDE, "read"),
        ("Yes, the door stands wide.", YES_NO, "read"),
        ("who knows", SIDE, ""),
    ],
)
def test_the_tier_says_whether_the_form_alone_decides(
    text: str, options: Options, tier: str
) -> None:
    assert read_answer(text, options).tier == tier
