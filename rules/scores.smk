# Verdicts on answers, and scores of contenders.

EXCHANGED = [name for name, who in study.contender.items() if who.orders == "both"]


rule grade:
    input:
        questions=rules.write_questions.output.questions,
        replies=rules.ask.output,
        judged=rules.judge.output if study.judge else [],
        patterns=rules.assign_patterns.output if study.assigns_patterns else [],
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


VERDICTS = expand(rules.grade.output.verdicts, contender=study.contender)


rule score:
    input:
        verdicts=VERDICTS,
        benchmarks=rules.write_questions.output.benchmarks,
    output:
        contenders="scores/contenders.csv",
        benchmarks="scores/benchmarks.csv",
        patterns="scores/patterns.csv",
        named="scores/named.csv",
        metrics="scores/metrics.json",
    log:
        "logs/score.log",
    params:
        code=code("scores.score"),
        cfg=needs("often_named", "headline"),
        verdicts=flags("verdicts", "verdicts"),
    shell:
        "clipblind scores score --cfg {params.cfg:q} {params.verdicts}"
        " --benchmarks-table {input.benchmarks} --contenders {output.contenders}"
        " --benchmarks {output.benchmarks}"
        " --patterns {output.patterns} --named {output.named} --metrics {output.metrics} 2> {log}"


rule compare_contenders:
    input:
        verdicts=VERDICTS,
    output:
        "scores/paired.csv",
    log:
        "logs/compare-contenders.log",
    params:
        code=code("scores.compare"),
        cfg=needs(kinds=of_contenders("kind"), images=of_contenders("image")),
        verdicts=flags("verdicts", "verdicts"),
    shell:
        "clipblind scores compare --cfg {params.cfg:q} {params.verdicts} --out {output} 2> {log}"


MADE += [
    *expand(rules.grade.output, contender=study.contender),
    *rules.score.output,
    *rules.compare_contenders.output,
]

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

    MADE += [*rules.consistency.output]
