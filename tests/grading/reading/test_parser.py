import csv
import re
import time
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from clipblind.grading import Reason, parse_choice, parse_choice_reason

Options = tuple[str, str]

SIDE = ("Left", "Right")
DOOR = ("Open", "Closed")
YES_NO = ("Yes", "No")
COLOUR = ("Red", "Blue")
POSE = ("Sitting", "Standing")
TRUTH = ("Correct", "Incorrect")
COUNT = ("1", "2")
CLOCK = ("12", "1")
LOCK = ("Locked", "Unlocked")
SEEN = ("Visible", "Not visible")
BIRD = ("Yellow", "Yellow and black")
FACING = ("Facing the camera", "Away from the camera")

CASES: dict[str, list[tuple[str, Options, str | None]]] = {
    "a letter alone": [
        ("a", SIDE, "a"),
        ("B", SIDE, "b"),
        ("(a)", SIDE, "a"),
        ("(B)", SIDE, "b"),
        ("A.", SIDE, "a"),
        ("b)", SIDE, "b"),
        ("[A]", SIDE, "a"),
        ("( b )", SIDE, "b"),
        ("**B**", SIDE, "b"),
        ("__(a)__", SIDE, "a"),
        ("`b`", SIDE, "b"),
        ("# B", SIDE, "b"),
        ("> (a)", SIDE, "a"),
        ("- (b)", SIDE, "b"),
        ("（ａ）", SIDE, "a"),
        ("Ｂ", SIDE, "b"),
        ("⒝", SIDE, "b"),
        ("“b”", SIDE, "b"),
        ("'A'", SIDE, "a"),
        ("  \n\t(b)\n ", SIDE, "b"),
        ("\u200bA\ufeff", SIDE, "a"),
        ("c", SIDE, None),
        ("(c)", SIDE, None),
        ("ab", SIDE, None),
    ],
    "a letter in a short sentence": [
        ("Option B", SIDE, "b"),
        ("option (a)", SIDE, "a"),
        ("Choice A.", SIDE, "a"),
        ("The answer is (b).", SIDE, "b"),
        ("The answer is a", SIDE, "a"),
        ("The correct option is: (b) Right", SIDE, "b"),
        ("My answer would be B, because its head is there.", SIDE, "b"),
        ("I would go with option A.", SIDE, "a"),
        ("I choose (b)", SIDE, "b"),
        ("It's B.", SIDE, "b"),
        ("I think it's b", SIDE, "b"),
        ("B it is", SIDE, "b"),
        ("B is correct", SIDE, "b"),
        ("(b) is the correct answer.", TRUTH, "b"),
        ("A is right.", SIDE, "a"),
        ("Option (a) is the right answer", SIDE, "a"),
        ("The right answer is left.", SIDE, "a"),
        ("(a) is wrong.", SIDE, "b"),
        ("Answer: A", SIDE, "a"),
        ("Answer - B", SIDE, "b"),
        ("Ans: b", SIDE, "b"),
        ("Answer:\n\n(b)", SIDE, "b"),
        ("**Answer**\n\nB", SIDE, "b"),
        ("The answer to the question is (a).", SIDE, "a"),
        ("I'm not sure, but I think it is (a)", SIDE, "a"),
        ("If I had to guess, (b).", SIDE, "b"),
        ("Most likely B.", SIDE, "b"),
    ],
    "a letter with its text": [
        ("(a) Standing", ("Standing", "Sitting"), "a"),
        ("b: Right", SIDE, "b"),
        ("B - Right", SIDE, "b"),
        ("B — Right", SIDE, "b"),
        ("A) Left", SIDE, "a"),
        ("B Right", SIDE, "b"),
        ("(b)Right", SIDE, "b"),
        ("(b) right, its left ear is hidden by the fur", SIDE, "b"),
        ("(b) Right. The dog is facing right, its left ear is visible.", SIDE, "b"),
        ("A. Left. The dog is facing left rather than right.", SIDE, "a"),
        ("(a) The dog is facing left", SIDE, "a"),
        ("Right (b)", SIDE, "b"),
        ("(b) No", YES_NO, "b"),
        ("B. No, it isn't.", YES_NO, "b"),
        ("(a) Right", SIDE, None),
        ("B. Left", SIDE, None),
        ("A: Right", SIDE, None),
        ("B Left", SIDE, None),
        ("Answer: A. Right.", SIDE, None),
        ("The answer is (a), right", SIDE, None),
        ("(a) No", YES_NO, None),
        ("A No", YES_NO, None),
        ("The dog is facing right. (a)", SIDE, None),
        ("(b) Correct", TRUTH, None),
    ],
    "an English article or word is no letter": [
        ("A person is standing, so B", POSE, "b"),
        ("A person is standing, so B", ("Standing", "Sitting"), "b"),
        ("A person is standing.", POSE, "b"),
        ("The answer is blue", COLOUR, "b"),
        ("The answer is blue", ("Green", "Black"), None),
        ("A dog", SIDE, None),
        ("It is a", SIDE, "a"),
        ("The picture shows a large brown dog on the grass. It is a", SIDE, None),
        ("The picture shows a", SIDE, None),
        ("It's a... dog.", SIDE, None),
        ("I see a dog and a cat.", SIDE, None),
        ("A snowman.", ("Santa Claus", "Snowman"), "b"),
        ("(b) a snowman", ("Santa Claus", "Snowman"), "b"),
        ("A.I.", SIDE, None),
        ("a.m.", SIDE, None),
        ("A B", SIDE, None),
        ("It is a glass", ("Mug", "Glass"), "b"),
        ("The answer is a bit unclear.", SIDE, None),
        ("I can answer a question about this.", SIDE, None),
        ("The vitamin a content", SIDE, None),
        ("person(a)", SIDE, None),
        ("Bee", SIDE, None),
        ("b-flat", SIDE, None),
        ("As a person stands there, I'd say (b)", POSE, "b"),
    ],
    "an option's text": [
        ("Left", SIDE, "a"),
        ("RIGHT.", SIDE, "b"),
        ("The dog is facing left.", SIDE, "a"),
        ("The answer is right", SIDE, "b"),
        ('"Closed"', DOOR, "b"),
        ("The door is open in this image.", DOOR, "a"),
        ("a left-facing dog", SIDE, "a"),
        ("It's red — definitely red.", COLOUR, "a"),
        ("The dog is facing to the right from the camera's perspective", SIDE, "b"),
        ("Left. The dog's head is there.", SIDE, "a"),
        ("It is facing away from the camera.", FACING, "b"),
        ("The snail is facing the camera", FACING, "a"),
        ("toward the camera", ("Towards the camera", "Away from the camera"), "a"),
        ("forwards", ("Upwards", "Forward"), "b"),
        ("gray", ("Grey", "Brown"), "a"),
        ("upside-down", ("Upright", "Upside down"), "b"),
        ("He wears a t shirt", ("Shirt", "T-shirt"), "b"),
        ("tshirt", ("Shirt", "T-shirt"), "b"),
        ("A shirt", ("Shirt", "T-shirt"), "a"),
        ("painting hanging on it", ("Empty", "A painting hanging on it"), "b"),
        ("Is the door open", DOOR, None),
        ("The question asks about open doors.", DOOR, None),
        ("open or shut", DOOR, None),
        ("The man left the room", SIDE, None),
        ("opened", DOOR, None),
        ("leftovers", SIDE, None),
        ("half-open", DOOR, None),
        ("It is partially open", DOOR, None),
        ("almost closed", DOOR, None),
        ("unlocked", LOCK, "b"),
        ("un-locked", LOCK, None),
        ("black-and-white", ("Black", "White"), None),
        ("All right, let me look.", SIDE, None),
        ("Right now I see a dog.", SIDE, None),
        ("You're right, sorry.", SIDE, None),
        ("Right, so the dog is facing left.", SIDE, "a"),
        ("Right. The dog is facing left.", SIDE, None),
        ("left,right", SIDE, None),
        ("OK, I see a remote control.", ("OK/SELECT", "OK"), None),
    ],
    "a part that only one option has": [
        ("Towards.", ("Towards the camera", "Away from the camera"), "a"),
        ("Light", ("Dark blue", "Light blue"), "b"),
        ("It's the steak.", ("Salmon fillet", "Salmon steak"), "b"),
        ("on the windowsill", ("Beside the bedside Table", "On the Windowsill"), "b"),
        ("Light, fluffy clouds", ("Dark blue", "Light blue"), None),
        ("blue", ("Dark blue", "Light blue"), None),
        ("The person is facing sideways", ("Facing the sea", "Turned to the sea"), None),
    ],
    "an option inside the other": [
        ("Yellow", BIRD, "a"),
        ("Yellow and black", BIRD, "b"),
        ("The bird is yellow and black.", BIRD, "b"),
        ("The bird is yellow.", BIRD, "a"),
        ("Yellow with black wings", BIRD, None),
        ("not visible", SEEN, "b"),
        ("The head is visible", SEEN, "a"),
        ("The head isn't visible.", SEEN, "b"),
        ("Not open", ("Open", "Not open"), "b"),
        ("It is open", ("Open", "Not open"), "a"),
        ("Partially open", ("Open", "Partially open"), "b"),
        ("It is not facing left", ("facing left", "not facing left"), "b"),
        ("OK", ("OK/SELECT", "OK"), "b"),
        ("OK/SELECT", ("OK/SELECT", "OK"), "a"),
        ("It says OK / Select.", ("OK/SELECT", "OK"), "a"),
        ("It says OK and then SELECT.", ("OK/SELECT", "OK"), None),
        ("UGA", ("SUGAR", "UGA"), "b"),
        ("sugar", ("SUGAR", "UGA"), "a"),
        ("Happy Easter", ('"Happy Easter"', '"Happy Easter!'), "a"),
        ('"Happy Easter!"', ('"Happy Easter"', '"Happy Easter!'), "b"),
        ('It says "Happy Easter"!', ('"Happy Easter"', '"Happy Easter!'), "a"),
        ("More than one", ("One", "More than one"), "b"),
        ("There is only one apple", ("One", "More than one"), "a"),
        ("There is more than 1.", ("One", "More than one"), "b"),
        ("On top of the other", ("Side by side", "One on top of the other"), None),
    ],
    "both options named": [
        ("left or right?", SIDE, None),
        ("Left or right", SIDE, None),
        ("left and right", SIDE, None),
        ("Both left and right", SIDE, None),
        ("The dog is facing left but its tail points right.", SIDE, None),
        ("(a) Left (b) Right", SIDE, None),
        ("A. Left\nB. Right", SIDE, None),
        ("a or b", SIDE, None),
        ("A and B", SIDE, None),
        ("A/B", SIDE, None),
        ("It is between red and blue.", COLOUR, None),
        ("Red, white and blue.", COLOUR, None),
        ("not only red but also blue", COLOUR, None),
        ("Yes and no.", YES_NO, None),
        ("Yes or no", YES_NO, None),
        ("Both", SIDE, None),
        ("Both are correct.", TRUTH, None),
        ("Both of the above", SIDE, None),
        ("Neither", SIDE, None),
        ("Neither left nor right", SIDE, None),
        ("None of the above.", SIDE, None),
        ("neither (a) nor (b)", SIDE, None),
        ("It is not left. It is not right.", SIDE, None),
        ("The answer is A or B.", SIDE, None),
        ("The answer is neither. The dog has a left ear.", SIDE, None),
    ],
    "one option preferred to the other": [
        ("It is red rather than blue", COLOUR, "a"),
        ("not blue but red", COLOUR, "a"),
        ("Blue, not red.", COLOUR, "b"),
        ("blue instead of red", COLOUR, "b"),
        ("blue and not red", COLOUR, "b"),
        ("It is closer to 12 than to 1", CLOCK, "a"),
        ("It is more red than blue", COLOUR, "a"),
        ("less red than blue", COLOUR, None),
        ("(a) Left is incorrect. (b) Right is correct.", SIDE, "b"),
        ("It could be left or right, probably left.", SIDE, "a"),
        ("It might be left, but I think it is right", SIDE, "b"),
    ],
    "the question and the options repeated first": [
        ("Is the dog facing left or right? Right.", SIDE, "b"),
        ("Is the dog facing left or right? (a) Left (b) Right\nAnswer: (b)", SIDE, "b"),
        ("Is it left or right? (a) Left (b) Right. The dog is facing right.", SIDE, "b"),
        ("Options: (a) Left, (b) Right. I choose left.", SIDE, "a"),
        ("The question asks whether the dog faces left or right. It is facing left.", SIDE, "a"),
        ("Is it open? (a) Yes (b) No\n\nYes", YES_NO, "a"),
        ("1. Left\n2. Right\nAnswer: 2", SIDE, "b"),
        ("Is it facing left?", SIDE, None),
        ("Right?", SIDE, None),
    ],
    "negation": [
        ("It is not open, it is closed", DOOR, "b"),
        ("The dog isn't facing left", SIDE, "b"),
        ("The dog isn’t facing left.", SIDE, "b"),
        ("not (a)", SIDE, "b"),
        ("It is not incorrect.", TRUTH, "a"),
        ("The statement is not correct", TRUTH, "b"),
        ("There is no window on the left.", SIDE, None),
        ("The man isn't wearing a black hat", ("Black", "White"), None),
        ("The door is not fully open.", DOOR, None),
        ("It isn't not open", DOOR, None),
        ("I don't think the answer is (a)", SIDE, "b"),
        ("It is open. It is not open.", DOOR, None),
        ("The dog is not facing left. It seems left.", SIDE, None),
        ("There are not 5", ("5", "6"), None),
        ("I am not sure it is left", SIDE, None),
        ("no dog faces left", SIDE, None),
        ("None of the dogs face left", SIDE, None),
        ("hardly open", DOOR, None),
        ("anything but open", DOOR, None),
        ("It is unlikely to be open", DOOR, None),
        ("(a) can be ruled out. It is (b).", SIDE, "b"),
        ("This rules out (b)", SIDE, None),
        ("Left is not right", SIDE, None),
    ],
    "yes and no": [
        ("Yes", YES_NO, "a"),
        ("No.", YES_NO, "b"),
        ("no", ("No", "Yes"), "a"),
        ("Yes, the door is open", YES_NO, "a"),
        ("Yes there are", YES_NO, "a"),
        ("No, it isn't", YES_NO, "b"),
        ("No it is not.", YES_NO, "b"),
        ("No, there are no clouds in this image.", YES_NO, "b"),
        ("Yes, there is no letter D.", YES_NO, "a"),
        ("Nope", YES_NO, "b"),
        ("Yeah, it does.", YES_NO, "a"),
        ("It is not.", YES_NO, "b"),
        ("It does.", YES_NO, "a"),
        ("The answer is no.", YES_NO, "b"),
        ("The answer is yes, I can see it.", YES_NO, "a"),
        ("I would say no.", YES_NO, "b"),
        ("It's a yes.", YES_NO, "a"),
        ("Yes, it isn't.", YES_NO, None),
        ("No, it is.", YES_NO, None),
        ("yesterday", YES_NO, None),
        ("No idea.", YES_NO, None),
        ("No doubt about it", YES_NO, None),
        ("No clouds are visible", YES_NO, None),
        ("There are no clouds.", YES_NO, None),
        ("It is, in fact, not there", YES_NO, None),
        ("Yes, wait, no.", YES_NO, "b"),
        ("Yes maybe", YES_NO, None),
        ("Not sure", YES_NO, None),
        ("Note the dog", YES_NO, None),
        ("Yes, the door is open", DOOR, "a"),
        ("No, it is closed", DOOR, "b"),
        ("Yes.", DOOR, None),
        ("Yes", ("Yes, there is one", "No, there is none"), "a"),
    ],
    "refusals and hedges": [
        ("I cannot see the image", SIDE, None),
        ("As an AI language model, I can't view images.", SIDE, None),
        ("I'm sorry, but I can't determine whether it is facing left.", SIDE, None),
        ("I cannot tell. The left side is too dark.", SIDE, None),
        ("No image was provided, so no left or right.", SIDE, None),
        ("it could be either", SIDE, None),
        ("I cannot choose (a)", SIDE, None),
        ("It's hard to tell but I would say (b).", SIDE, "b"),
        ("It could be left.", SIDE, None),
        ("Maybe left", SIDE, None),
        ("Perhaps (b)", SIDE, None),
        ("If the dog is facing us, the answer is (a).", SIDE, None),
        ("(a) if you stand there, (b) if you stand here", SIDE, None),
        ("It depends on the left side.", SIDE, None),
        ("The dog is at the left. Therefore it cannot be determined.", SIDE, None),
        ("I don't know", YES_NO, None),
        ("Unclear.", YES_NO, None),
        ("(b)?", SIDE, None),
    ],
    "numbers": [
        ("2", COUNT, "b"),
        ("two", COUNT, "b"),
        ("There are two eyes visible.", COUNT, "b"),
        ("I can see one eye.", COUNT, "a"),
        ("(1)", COUNT, "a"),
        ("(2) two", COUNT, "b"),
        ("(1)", CLOCK, None),
        ("12", CLOCK, "a"),
        ("1", CLOCK, "b"),
        ("10", COUNT, None),
        ("1.5", COUNT, None),
        ("2:30", COUNT, None),
        ("1-2", COUNT, None),
        ("1 or 2", COUNT, None),
        ("21", COUNT, None),
        ("at least 1", COUNT, None),
        ("This one is hard.", COUNT, None),
        ("one of the eyes", COUNT, None),
        ("1. First I look at it.\n2. Then I count.\nThere are two eyes.", COUNT, "b"),
        ("1. First I look.\n2. Then I count.", COUNT, None),
        ("Five", ("5", "6"), "a"),
        ("seven", ("5", "6"), None),
        ("It has 6 spots", ("Five", "Six"), "b"),
        ("5 spots on one half and 1 on the other, 6 in total", ("5", "6"), None),
    ],
    "other labels": [
        ("(2)", SIDE, "b"),
        ("1", SIDE, "a"),
        ("(1) Left", SIDE, "a"),
        ("(1) Right", SIDE, None),
        ("option 2", SIDE, "b"),
        ("The first option", SIDE, "a"),
        ("The second option is correct.", TRUTH, "b"),
        ("the second option", SIDE, "b"),
        ("A", ("B", "A"), None),
        ("(a)", ("B", "A"), "a"),
        ("(a) B", ("B", "A"), "a"),
        ("B", ("A", "B"), "b"),
        ("The letter is B.", ("A", "B"), None),
        ("A person is standing there.", ("A", "B"), None),
        ("D", ("D", "J"), "a"),
        ("It is J.", ("D", "J"), "b"),
        ("Vitamin A", ("Vitamin B", "Vitamin A"), "b"),
        ("B", ("Vitamin B", "Vitamin A"), None),
        ("B", ("Vitamin A", "Vitamin B"), "b"),
        ("letter b", ("letter B", "letter A"), "a"),
        ("A", ("Empty", "A painting hanging on it"), "a"),
    ],
    "a final answer after reasoning": [
        ("The tail is left. The head is right.\nAnswer: A", SIDE, "a"),
        ("Its left ear is up.\n\n**Final Answer:** (b) Right", SIDE, "b"),
        ("Therefore, the answer is \\boxed{B}.", SIDE, "b"),
        ("$\\boxed{\\text{A}}$", SIDE, "a"),
        ("\\boxed{(b)}", SIDE, "b"),
        ('{"answer": "b"}', SIDE, "b"),
        ('```json\n{"reasoning": "its left ear", "answer": "B"}\n```', SIDE, "b"),
        ("<answer>a</answer>", SIDE, "a"),
        ("<think>Left? No, right: (b).</think>\n(a)", SIDE, "a"),
        ("The tail is right.</think>Left", SIDE, "a"),
        ("<think>It must be (b), but", SIDE, None),
        ("Tail left, head right. Therefore, the dog is facing left.", SIDE, "a"),
        ("(a) Left: the head isn't there. (b) Right: it is. The answer is right.", SIDE, "b"),
        ("The answer is A. Final answer: B", SIDE, "b"),
        ("The answer is A. The answer is B.", SIDE, None),
        ("The answer is (a). The dog is facing right.", SIDE, None),
        ("The answer is not clear.", SIDE, None),
        ("The answer is red because the blue part is the sky.", COLOUR, "a"),
        ("Step 1: look. Step 2: decide. So B.", SIDE, "b"),
        ("Left because its right ear can be seen.", SIDE, None),
        ("Closed, because the open one is elsewhere", DOOR, "b"),
    ],
    "a correction": [
        ("A... actually, B", SIDE, "b"),
        ("Left. Wait, no, it's right.", SIDE, "b"),
        ("open... no, closed", DOOR, "b"),
        ("The answer is A. Wait, the answer is B.", SIDE, "b"),
        ("(a). Sorry, (b).", SIDE, "b"),
        ("Open. On second thought, closed.", DOOR, "b"),
        ("Open. Actually, the window is closed.", DOOR, None),
        ("(a). Wait, I'm not sure.", SIDE, None),
        ("~~A~~ B", SIDE, "b"),
    ],
    "nothing to grade": [
        ("", SIDE, None),
        (" \n\t", SIDE, None),
        ("👍", SIDE, None),
        ("...", SIDE, None),
        ("The sky is clear today.", SIDE, None),
        ("The lock is made of brass. " * 300, SIDE, None),
        ("It is brown. " * 300 + "Answer: b", SIDE, "b"),
    ],
}


@pytest.mark.parametrize(
    ("text", "options", "expected"),
    [
        pytest.param(*case, id=f"{theme}: {case[0][:40]!r} {'|'.join(case[1])}")
        for theme, cases in CASES.items()
        for case in cases
    ],
)
def test_an_answer_gets_the_option_it_commits_to(
    text: str, options: Options, expected: str | None
) -> None:
    assert parse_choice(text, options) == expected


@pytest.mark.parametrize("theme", CASES)
@pytest.mark.parametrize(
    "change",
    [str.upper, str.lower, "  {}\n\n".format, "**{}**".format, "{}\u200b".format],
    ids=["upper case", "lower case", "space", "bold", "invisible sign"],
)
def test_case_space_and_markdown_change_no_verdict(theme: str, change) -> None:
    for text, options, expected in CASES[theme]:
        assert parse_choice(change(text), options) == expected, text


@pytest.mark.parametrize("theme", CASES)
def test_a_reason_is_given_exactly_where_there_is_no_verdict(theme: str) -> None:
    for text, options, _ in CASES[theme]:
        choice, reason = parse_choice_reason(text, options)
        assert (choice is None) == (reason != ""), text
        assert reason in get_args(Reason), text


@pytest.mark.parametrize(
    ("text", "options", "reason"),
    [
        (" ", SIDE, "empty"),
        ("I cannot see the image.", SIDE, "refused"),
        ("It could be left.", SIDE, "hedged"),
        ("Both", SIDE, "both or neither"),
        ("(a) Left (b) Right", SIDE, "names both options"),
        ("left and right", SIDE, "names both options"),
        ("A brown dog.", SIDE, "names neither option"),
        ("Neither left nor right", SIDE, "negated both options"),
        ("The man isn't wearing a black hat", ("Black", "White"), "negated one option only"),
        ("It is open. It is not open.", DOOR, "contradicts itself"),
        ("(a) Right", SIDE, "letter and text contradict"),
    ],
)
def test_the_reason_says_why_there_is_no_verdict(text: str, options: Options, reason: str) -> None:
    assert parse_choice_reason(text, options) == (None, reason)


@pytest.mark.parametrize(
    "options",
    [("Left", "left"), ("Open.", "**open**"), ("One", "1"), ("A dog", "dog"), ("grey", "Gray")],
)
def test_options_that_no_answer_can_tell_apart_are_an_error(options: Options) -> None:
    with pytest.raises(ValueError, match="no answer can tell them apart"):
        parse_choice("(a)", options)


def test_an_empty_option_is_an_error() -> None:
    with pytest.raises(ValueError, match="An option is empty"):
        parse_choice("(a)", ("Left", " "))


PAIRS = [
    SIDE,
    DOOR,
    COLOUR,
    POSE,
    TRUTH,
    LOCK,
    SEEN,
    BIRD,
    FACING,
    COUNT,
    ("Dark sky", "Light sky"),
]
FRAME = (
    "the answer is not so it I think option dog picture , . ? ! : ( ) but and or because if "
    "both neither actually no than could maybe - / \n final correct therefore sure hat"
)


@st.composite
def answers_without_letters(draw: st.DrawFn) -> tuple[str, Options]:
    options = draw(st.sampled_from(PAIRS))
    word = st.sampled_from([*FRAME.split(" "), *options * 6])
    return " ".join(draw(st.lists(word, min_size=1, max_size=14))), options


@given(answers_without_letters())
@settings(max_examples=600, deadline=None)
def test_swapping_the_options_swaps_the_verdict_of_an_answer_in_words(
    case: tuple[str, Options],
) -> None:
    text, (first, second) = case
    swapped = {"a": "b", "b": "a", None: None}
    if re.search(r"[12]", text):
        return
    assert parse_choice(text, (second, first)) == swapped[parse_choice(text, (first, second))]


@given(st.lists(st.sampled_from(FRAME.split(" ")), max_size=30), st.sampled_from(PAIRS))
@settings(deadline=None)
def test_a_text_that_names_no_option_gets_no_verdict(words: list[str], options: Options) -> None:
    if options is TRUTH:
        return
    assert parse_choice(" ".join(words), options) is None


@given(st.text(max_size=200), st.sampled_from([*PAIRS, YES_NO]))
@settings(deadline=None)
def test_any_text_at_all_is_graded_without_an_error(text: str, options: Options) -> None:
    choice, reason = parse_choice_reason(text, options)
    assert choice in ("a", "b", None)
    assert reason in get_args(Reason)


@given(st.text(st.characters(exclude_characters="aAbB12"), max_size=80))
@settings(deadline=None)
def test_random_signs_without_letters_or_options_get_no_verdict(text: str) -> None:
    folded = re.search("[ab12]", unicodedata.normalize("NFKC", text).casefold())
    assert folded or parse_choice(text, ("Walrus", "Zebra")) is None


@pytest.mark.parametrize(
    "sentence", ["It is left, or the answer to ", "(a) ", "not ", "1. a\n", "{"]
)
def test_a_very_long_answer_is_graded_in_seconds(sentence: str) -> None:
    start = time.perf_counter()
    parse_choice(sentence * 5000, SIDE)
    assert time.perf_counter() - start < 5


REFERENCE = Path(__file__).parents[4] / "shared" / "reference"
NEEDS_REFERENCE = pytest.mark.skipif(
    not (REFERENCE / "mmvp_questions.csv").exists(),
    reason=f"MMVP's questions are not in {REFERENCE}",
)
IN_WORDS = ("{text}", "{text}.", "The answer is {text}.", "**{text}**", "It's {text}")
IN_LETTERS = ("({letter})", "{letter}", "{letter}. {text}", "({letter}) {text}", "Answer: {letter}")


def mmvp_questions() -> Iterator[tuple[dict[str, str], Options]]:
    with (REFERENCE / "mmvp_questions.csv").open(newline="", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            found = re.fullmatch(r"\(a\) (.*) \(b\) (.*)", row["Options"].strip())
            assert found, row
            yield row, (found[1], found[2])


@NEEDS_REFERENCE
@pytest.mark.parametrize("form", IN_WORDS + IN_LETTERS)
def test_every_option_of_mmvp_is_recognised(form: str) -> None:
    missed = [
        (row["Index"], answer)
        for row, options in mmvp_questions()
        for letter, text in zip("ab", options, strict=True)
        if parse_choice(answer := form.format(letter=letter, text=text), options) != letter
    ]
    assert missed == []


@NEEDS_REFERENCE
@pytest.mark.parametrize("form", IN_WORDS)
def test_every_option_of_mmvp_is_recognised_in_either_order(form: str) -> None:
    missed = [
        (row["Index"], answer)
        for row, (first, second) in mmvp_questions()
        for letter, text in (("b", first), ("a", second))
        if parse_choice(answer := form.format(text=text), (second, first)) != letter
    ]
    assert missed == []


@NEEDS_REFERENCE
def test_a_repeated_question_of_mmvp_alone_gets_no_verdict() -> None:
    graded = [
        row["Index"]
        for row, options in mmvp_questions()
        if parse_choice(f"{row['Question']} {row['Options']}", options)
    ]
    assert graded == []


@NEEDS_REFERENCE
@pytest.mark.parametrize("form", ["({letter}) {text}", "{text}", "{question} {options}\n{text}."])
def test_the_answers_in_figure_3_get_the_ticks_of_the_paper(form: str) -> None:
    questions = {row["Index"]: (row, options) for row, options in mmvp_questions()}
    with (REFERENCE / "paper_fig3_answers.csv").open(newline="", encoding="utf-8") as file:
        printed = list(csv.DictReader(file))
    assert len(printed) == 120
    for answer in printed:
        row, options = questions[answer["Index"]]
        said = form.format(
            letter=answer["answer"],
            text=options["ab".index(answer["answer"])],
            question=row["Question"],
            options=row["Options"],
        )
        ticked = f"({answer['answer']})" == row["Correct Answer"]
        assert (f"({parse_choice(said, options)})" == row["Correct Answer"]) == ticked, said
        assert parse_choice(said, options) == answer["answer"], said
