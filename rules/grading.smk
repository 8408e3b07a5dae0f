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
        metrics="scores/metrics.json",
    log:
        "logs/score.log",
    params:
        code=code("grading.score"),
        verdicts=flags("verdicts", "verdicts"),
    shell:
        "clipblind grading score {params.verdicts} --contenders {output.contenders}"
        " --benchmarks {output.benchmarks} --patterns {output.patterns} --metrics {output.metrics}"
        " 2> {log}"


rule labels:
    output:
        "scores/labels.json",
    log:
        "logs/labels.log",
    params:
        code=code("grading.labels"),
        cfg=needs(labels=of_contenders("label")),
    shell:
        "clipblind grading labels --cfg {params.cfg:q} --out {output} 2> {log}"
