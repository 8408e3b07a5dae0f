# Who answers the benchmark, what was said, what it means. Answers stay in the ledger, whatever
# happens to the results. Keys of servers come from the environment alone.
from clipblind.ground.files import digest

LEDGER = ROOT / study.ledger
BASELINES = ("constant", "random")
JUDGED_BY = study.judge.by if study.judge else None
PATTERNS_BY = study.patterns.by
PATTERNS_KNOWN = bool(study.patterns.file or study.patterns.votes)
EXCHANGED = [name for name, who in study.contender.items() if who.orders == "both"]


def files_of(name, settings):
    """Where somebody who answers has files: recorded answers, or a model's folder."""
    if settings.kind == "recorded":
        return ROOT / settings.answers
    if settings.kind == "openai" or settings.kind in BASELINES:
        return None
    return model_folder(ROOT, study.assets, name, settings)


def threads_of(settings):
    """Cores of a job that asks: whoever loads no model needs one."""
    return MODEL_THREADS if settings.kind in ("transformers", "minigpt4") else 1


def files_flags(name, settings):
    """For `params`: that place, and where a model takes its GPU."""
    files = files_of(name, settings)
    if files is None:
        return []
    devices = [] if settings.kind == "recorded" else [f"--devices={ASSETS / '.devices'}"]
    return [f"--folder={files}", *devices]


def files_stamp(name, settings):
    """Which files these are: other ones are asked anew."""
    files = files_of(name, settings)
    if files is None:
        return ""
    return content_stamp(files) if settings.kind == "recorded" else folder_stamp(files)


def content_stamp(file):
    """What a small file holds."""
    return digest(file) if file.is_file() else "missing"


def ask_slice(wildcards):
    """A contender with the prompt it is asked by."""
    prompt = study.contender[wildcards.contender].prompt
    return needs("seed", contender="contender.{contender}", prompt=f"prompt.{prompt}")(wildcards)


rule ask:
    input:
        questions=rules.write_questions.output.questions,
        images=rules.write_questions.output.images,
    output:
        "answers/{contender}.parquet",
    log:
        "logs/ask-{contender}.log",
    benchmark:
        "times/ask-{contender}.tsv"
    threads: lambda wildcards: threads_of(study.contender[wildcards.contender])
    params:
        code=code("answers.ask"),
        cfg=ask_slice,
        published=PUBLISHED,
        ledger=LEDGER,
        files=lambda w: files_flags(w.contender, study.contender[w.contender]),
        stamp=lambda w: files_stamp(w.contender, study.contender[w.contender]),
    shell:
        "clipblind answers ask --name {wildcards.contender} --cfg {params.cfg:q}"
        " --questions {input.questions} --images {input.images} --ledger {params.ledger:q}"
        " {params.files:q} --out {output} 2>&1 | tee {log}"


if study.judge:

    rule judge:
        input:
            questions=rules.write_questions.output.questions,
            replies=rules.ask.output,
        output:
            "judged/{contender}.parquet",
        log:
            "logs/judge-{contender}.log",
        threads: threads_of(JUDGED_BY)
        params:
            code=code("answers.judge"),
            cfg=needs("judge"),
            ledger=LEDGER,
            files=files_flags("judge", JUDGED_BY),
            stamp=files_stamp("judge", JUDGED_BY),
        shell:
            "clipblind answers judge --cfg {params.cfg:q} --questions {input.questions}"
            " --replies {input.replies} --ledger {params.ledger:q} {params.files:q}"
            " --out {output} 2>&1 | tee {log}"

    JUDGED = expand(rules.judge.output, contender=study.contender)
    MADE_OF_BENCHMARK += JUDGED


if study.judge or study.people:

    rule calibrate:
        input:
            questions=rules.write_questions.output.questions,
            replies=expand(rules.ask.output, contender=study.contender),
            judged=JUDGED if study.judge else [],
        output:
            "scores/calibration.csv",
        log:
            "logs/calibrate.log",
        params:
            code=code("answers.calibrate"),
            replies=flags("replies", "replies"),
            judged=flags("judged", "judged"),
            people=[f"--people={ROOT / study.people}"] if study.people else [],
            stamp=content_stamp(ROOT / study.people) if study.people else "",
        shell:
            "clipblind answers calibrate --questions {input.questions} {params.replies}"
            " {params.judged} {params.people:q} --out {output} 2> {log}"

    MADE_OF_BENCHMARK += [*rules.calibrate.output]


if PATTERNS_KNOWN:

    PERSON = [f"--file={ROOT / study.patterns.file}"] if study.patterns.file else []
    VOTERS = files_flags("patterns", PATTERNS_BY) if PATTERNS_BY else []

    rule assign_patterns:
        input:
            questions=rules.write_questions.output.questions,
        output:
            "benchmark/patterns.csv",
        log:
            "logs/assign_patterns.log",
        params:
            code=code("patterns.assign"),
            cfg=needs("patterns"),
            ledger=LEDGER,
            files=[*PERSON, *VOTERS],
            stamp=[
                content_stamp(ROOT / study.patterns.file) if PERSON else "",
                files_stamp("patterns", PATTERNS_BY) if PATTERNS_BY else "",
            ],
        shell:
            "clipblind patterns assign --cfg {params.cfg:q} --questions {input.questions}"
            " --ledger {params.ledger:q} {params.files:q} --out {output} 2>&1 | tee {log}"

    MADE_OF_BENCHMARK += [*rules.assign_patterns.output]


rule grade:
    input:
        questions=rules.write_questions.output.questions,
        replies=rules.ask.output,
        judged=rules.judge.output if study.judge else [],
        patterns=rules.assign_patterns.output if PATTERNS_KNOWN else [],
    output:
        verdicts="verdicts/{contender}.parquet",
        choices="choices/{contender}.parquet",
    log:
        "logs/grade-{contender}.log",
    params:
        code=code("answers.grade"),
        judged=flags("judged", "judged"),
        patterns=flags("patterns", "patterns"),
    shell:
        "clipblind answers grade --questions {input.questions} --replies {input.replies}"
        " {params.judged} {params.patterns} --out {output.verdicts} --choices {output.choices}"
        " 2> {log}"


rule score:
    input:
        verdicts=expand(rules.grade.output.verdicts, contender=study.contender),
    output:
        contenders="scores/contenders.csv",
        benchmarks="scores/benchmarks.csv",
        patterns="scores/patterns.csv",
        named="scores/named.csv",
        metrics="scores/metrics.json",
    log:
        "logs/score.log",
    params:
        code=code("grading.score"),
        cfg=needs("often_named"),
        verdicts=flags("verdicts", "verdicts"),
    shell:
        "clipblind grading score --cfg {params.cfg:q} {params.verdicts}"
        " --contenders {output.contenders} --benchmarks {output.benchmarks}"
        " --patterns {output.patterns} --named {output.named} --metrics {output.metrics} 2> {log}"


rule compare_contenders:
    input:
        verdicts=expand(rules.grade.output.verdicts, contender=study.contender),
    output:
        "scores/paired.csv",
    log:
        "logs/compare-contenders.log",
    params:
        code=code("answers.compare"),
        cfg=needs(kinds=of_contenders("kind")),
        verdicts=flags("verdicts", "verdicts"),
    shell:
        "clipblind answers compare --cfg {params.cfg:q} {params.verdicts} --out {output} 2> {log}"


rule against_figure4:
    input:
        rules.score.output.benchmarks,
    output:
        "scores/against_figure4.csv",
    log:
        "logs/against_figure4.log",
    params:
        code=code("answers.against_paper"),
        cfg=needs(rows=of_contenders("row")),
    shell:
        "clipblind answers against-paper --cfg {params.cfg:q} --scores {input} --out {output}"
        " 2> {log}"


if PATTERNS_KNOWN and study.vlm:

    rule correlate_answers:
        input:
            pairs=expand(rules.official_vlm.output.pairs, encoder=study.text_towers),
            verdicts=expand(rules.grade.output.verdicts, contender=study.contender),
        output:
            "scores/correlation_mllm.csv",
        log:
            "logs/correlate_answers.log",
        params:
            code=code("answers.correlate"),
            cfg=needs(
                "seed",
                encoders={name: f"encoder.{name}.row" for name in study.text_towers},
                rows=of_contenders("row"),
                kinds=of_contenders("kind"),
            ),
            pairs=flags("pairs", "pairs"),
            verdicts=flags("verdicts", "verdicts"),
        shell:
            "clipblind answers correlate --cfg {params.cfg:q} {params.pairs} {params.verdicts}"
            " --out {output} 2> {log}"

    MADE_OF_BENCHMARK += [*rules.correlate_answers.output]


rule thumbnails_of_questions:
    input:
        rules.write_questions.output.images,
    output:
        "benchmark/thumbnails.parquet",
    log:
        "logs/thumbnails_of_questions.log",
    params:
        code=code("answers.thumbnails"),
        published=PUBLISHED,
    shell:
        "clipblind answers thumbnails --images {input} --out {output} 2> {log}"


rule add_up_costs:
    input:
        replies=expand(rules.ask.output, contender=study.contender),
    output:
        "scores/costs.csv",
    log:
        "logs/add_up_costs.log",
    params:
        code=code("answers.costs"),
        replies=flags("replies", "replies"),
    shell:
        "clipblind answers costs {params.replies} --out {output} 2> {log}"


if EXCHANGED:

    rule consistency:
        input:
            choices=expand(rules.grade.output.choices, contender=EXCHANGED),
        output:
            "scores/consistency.csv",
        log:
            "logs/consistency.log",
        params:
            code=code("answers.consistency"),
            choices=flags("choices", "choices"),
        shell:
            "clipblind answers consistency {params.choices} --out {output} 2> {log}"

    MADE_OF_BENCHMARK += [*rules.consistency.output]


MADE_OF_BENCHMARK += [
    *expand(rules.ask.output, contender=study.contender),
    *expand(rules.grade.output, contender=study.contender),
    *rules.score.output,
    *rules.compare_contenders.output,
    *rules.against_figure4.output,
    *rules.thumbnails_of_questions.output,
    *rules.add_up_costs.output,
]
