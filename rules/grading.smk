# Verdicts on answers, scores of contenders.


rule grade:
    input:
        questions=rules.write_questions.output,
        answers=rules.answer.output,
    output:
        "verdicts/{contender}.parquet",
    log:
        "logs/grade-{contender}.log",
    params:
        code=code("grading.grade"),
    shell:
        "clipblind grading grade --questions {input.questions} --answers {input.answers}"
        " --out {output} 2> {log}"


rule score:
    input:
        verdicts=expand(rules.grade.output, contender=study.contender),
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
        verdicts=expand(rules.grade.output, contender=study.contender),
    output:
        "scores/paired.csv",
    log:
        "logs/compare-contenders.log",
    params:
        code=code("grading.compare"),
        cfg=needs(kinds=of_contenders("kind")),
        verdicts=flags("verdicts", "verdicts"),
    shell:
        "clipblind grading compare --cfg {params.cfg:q} {params.verdicts} --out {output} 2> {log}"
