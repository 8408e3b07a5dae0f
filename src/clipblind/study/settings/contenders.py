"""Who answers, and how they are asked."""

from typing import Annotated, ClassVar, Literal, Self, get_args

from pydantic import Field, JsonValue, NonNegativeFloat, PositiveFloat, model_validator

from clipblind.study.settings.base import Model, Name, NonNegativeInt, PositiveInt, Share, Text
from clipblind.study.settings.training import MofRecipe

Files = Literal["trained", "fetched", "recorded", "none"]
Orders = Literal["published", "both"]


def setting_of(name: str) -> str:
    """The key of the configuration under which somebody stands who is asked.

    Args:
        name: a contender's; `judge` of who judges, `patterns` of who votes on patterns.
    """
    return f"{name}.by" if name in ("judge", "patterns") else f"contender.{name}"


class Decoding(Model):
    """How an answer is drawn from a model.

    Attributes:
        temperature: 0 is greedy.
        top_p: of nucleus sampling; used above temperature 0 only.
        max_new_tokens: of one answer.
        seed: of the sampling. Each question has a seed of its own, made of this one and of what is
            asked, so that neither batches nor order change an answer.
    """

    temperature: NonNegativeFloat = 0.0
    top_p: Annotated[float, Field(gt=0, le=1)] = 1.0
    max_new_tokens: PositiveInt = 128
    seed: NonNegativeInt = 0


class Prompt(Model):
    """How a question is put: a named wording that never changes without its version.

    Attributes:
        version: of this wording, kept beside every answer; changed words are asked anew anyway.
        system: the system message; empty: none.
        text: the user's message, with the fields `{question}`, `{options}`, `{a}` and `{b}`.
        options: how the two options are written, with the fields `{a}` and `{b}`.
        decoding: how the answer is drawn.
    """

    version: Text
    system: str = ""
    text: Text
    options: str = "(a) {a} (b) {b}"
    decoding: Decoding = Decoding()

    @model_validator(mode="after")
    def _holds_the_question(self) -> Self:
        if "{question}" not in self.text:
            raise ValueError("text has no field {question}")
        shown = self.text.replace("{options}", self.options)
        if "{a}" not in shown or "{b}" not in shown:
            raise ValueError("neither text nor options hold both fields {a} and {b}")
        return self


class Answerer(Model):
    """Base of all that answers.

    Attributes:
        label: the name shown in figures; its own if empty.
        prompt: the study's prompt by name.
        orders: `published`, or `both`: each question is asked again with its options exchanged.
        image: whether it is shown the image; a contender that isn't is a text-only baseline.
        row: the model's name in the paper's Figure 4, if it is that very model: `LLaVA-1.5`,
            `InstructBLIP`, `mini-GPT4`, `LLaVA`, `GPT-4V`, `Gemini`, `Bard`, `Bing Chat` or
            `Human`.
        unfit: of a class: why its kinds can neither judge answers nor vote; empty: they can.
        files: of a class: which files its kinds have: of a model that the study trains, of one that
            was fetched, recorded answers, or none.
    """

    files: ClassVar[Files] = "none"
    unfit: ClassVar[str] = "nobody is asked"
    label: str = ""
    prompt: str = "official"
    orders: Orders = "published"
    image: bool = True
    row: str = ""


class Baseline(Answerer):
    """Whose scores theory knows.

    Attributes:
        kind: `constant` (always the first option) or `random` (one of the two, by seed).
    """

    unfit: ClassVar[str] = "a baseline reads nothing"
    kind: Literal["constant", "random"]
    image: bool = False


class Mof(Answerer):
    """A small LLaVA that the study trains on its rendered world, fed by one encoder or by two.

    Attributes:
        kind: `mof`, or `text_only`: the same without an image.
        towers: frozen encoders that feed it, the language-aligned one first.
        mixture: how two towers are mixed: `additive` (A-MoF) or `interleaved` (I-MoF).
        reference_share: the second tower's weight in an additive mixture, in [0, 1].
        layer: the tower's hidden layer that is read; -1 is the last, -2 the one LLaVA reads.
        train: the recipe.
        batch: questions at once; it changes no answer.
    """

    files: ClassVar[Files] = "trained"
    unfit: ClassVar[str] = "a small LLaVA knows the words of its world's questions alone"
    kind: Literal["mof", "text_only"]
    prompt: str = "world"
    towers: tuple[Name, ...] = ()
    mixture: Literal["none", "additive", "interleaved"] = "none"
    reference_share: Share = 0.5
    layer: Annotated[int, Field(lt=0)] = -1
    train: MofRecipe
    batch: PositiveInt = 64

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        wanted = 0 if self.kind == "text_only" else 1 if self.mixture == "none" else 2
        if len(self.towers) != wanted:
            raise ValueError(
                f"kind {self.kind} with mixture {self.mixture} needs {wanted} towers,"
                f" not {len(self.towers)}"
            )
        if self.image and not self.towers:
            raise ValueError("image must be false of kind text_only, which sees none")
        return self


class FetchedModel(Answerer):
    """Base of models from files on this machine, which `clipblind fetch` gets.

    Attributes:
        source: its hub id, or a folder.
        folder: its files, if they don't lie where `clipblind fetch` puts them.
        revision: the commit on the hub; empty: the newest, which `fetch` writes down.
        licence: of all of its weights together.
        megabytes: of the download, about.
        batch: questions at once; it changes no answer.
        precision: of the weights on a GPU; a CPU computes in float32.
    """

    files: ClassVar[Files] = "fetched"
    source: Text
    folder: str = ""
    revision: str = ""
    licence: str = ""
    megabytes: NonNegativeInt = 0
    batch: PositiveInt = 8
    precision: Literal["float32", "bfloat16", "float16"] = "bfloat16"


class LocalModel(FetchedModel):
    """Any image-text-to-text model of transformers, or model of words alone.

    Attributes:
        params_m: parameters in millions that it must have, if given.
        chat_template: Jinja in place of the processor's own, such as LLaVA's `llava_v1`.
        trust_remote_code: whether Python code that lies beside the weights may run. It is refused
            unless `revision` pins what it is: the commit that was fetched, or `sha256:` and the
            digest of a folder.
    """

    unfit: ClassVar[str] = ""
    kind: Literal["transformers"]
    params_m: PositiveFloat | None = None
    chat_template: str = ""
    trust_remote_code: bool = False

    @model_validator(mode="after")
    def _trusts_what_it_names(self) -> Self:
        if self.trust_remote_code and not self.revision:
            raise ValueError(
                "trust_remote_code needs revision, the commit or the digest whose code may run"
            )
        return self


class MiniGpt4(FetchedModel):
    """MiniGPT-4: BLIP-2's EVA ViT-g and Q-Former, one projection, a Llama-family language model.

    Its files lie in `blip2/`, `language_model/` and the projection's own.

    Attributes:
        source: the hub id of BLIP-2, whose image tower and Q-Former are taken.
        language_model: the hub id of the language model (Vicuna).
        projection: the released checkpoint's file, which holds `llama_proj`.
        language_revision: a commit on the hub.
        megabytes, language_megabytes: of the downloads, about; of BLIP-2 the parts that are taken.
    """

    unfit: ClassVar[str] = (
        "MiniGPT-4 answers about images and follows no instruction to judge or vote"
    )
    kind: Literal["minigpt4"]
    language_model: Text
    projection: Text
    language_revision: str = ""
    language_megabytes: NonNegativeInt = 0


class Endpoint(Answerer):
    """A model behind any OpenAI-compatible server.

    Attributes:
        model: as the server calls it.
        revision: of what is served, if known; a change of it asks everything again, for servers
            whose model changes under its name.
        base_url: of the server, such as `http://localhost:8000/v1`; it holds no key.
        key_env: the environment variable that holds the key; empty: the server wants none.
        concurrency: requests in flight at a time.
        per_minute: most requests a minute; 0: no limit.
        timeout_s: seconds to wait for one reply.
        retries: of what can be retried: dropped connections, time-outs, 408, 409, 429 and 5xx.
        budget_usd: one run stops before it could cost more; 0: no limit.
        usd_in, usd_out: prices of a million tokens, for cost and budget.
        sends_seed: whether `seed` is sent with what is sampled; some servers refuse it.
        sends_sampling: whether `temperature` and `top_p` are sent; models that reason refuse them,
            and draw as they do.
        token_limit: the name of the limit that the server takes.
        extra: further fields of every request, such as `reasoning_effort: low`; part of the key of
            every answer.
    """

    unfit: ClassVar[str] = ""
    kind: Literal["openai"]
    model: Text
    revision: str = ""
    base_url: Annotated[str, Field(pattern=r"^https?://[^/@?#]+(/[^@?#]*)?$")]
    key_env: str = ""
    concurrency: PositiveInt = 8
    per_minute: NonNegativeInt = 0
    timeout_s: PositiveFloat = 60.0
    retries: NonNegativeInt = 5
    budget_usd: NonNegativeFloat = 0.0
    usd_in: NonNegativeFloat = 0.0
    usd_out: NonNegativeFloat = 0.0
    sends_seed: bool = True
    sends_sampling: bool = True
    token_limit: Literal["max_tokens", "max_completion_tokens"] = "max_tokens"
    extra: dict[str, JsonValue] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _is_whole(self) -> Self:
        if self.budget_usd and not (self.usd_in or self.usd_out):
            raise ValueError("budget_usd needs the prices usd_in and usd_out")
        if taken := sorted({"model", "messages", "stream", "n"} & set(self.extra)):
            raise ValueError(f"extra may not set {', '.join(taken)}")
        return self


class Recorded(Answerer):
    """Answers that were taken by hand or by others, for retired systems and for people.

    Attributes:
        answers: a file that `clipblind score` reads; relative to the project's folder.
        source: who took them, when and how.
    """

    files: ClassVar[Files] = "recorded"
    unfit: ClassVar[str] = (
        "recorded answers go by the question alone, so they can't be of another's answer"
    )
    kind: Literal["recorded"]
    answers: Text
    source: Text


AnyContender = Baseline | Mof | LocalModel | MiniGpt4 | Endpoint | Recorded
Contender = Annotated[AnyContender, Field(discriminator="kind")]
UNFIT = {
    kind: one.unfit
    for one in get_args(AnyContender)
    for kind in get_args(one.model_fields["kind"].annotation)
    if one.unfit
}
"""Kinds that can neither judge nor vote, and why."""

BLIND = ("constant", "random", "text_only")
"""Kinds that see no image: what they score is for theory to say, or for language alone."""
