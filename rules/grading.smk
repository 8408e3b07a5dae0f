# Verdicts on answers, scores of contenders.


rule grade:
    input:
        questions=rules.write_questions.output,
        answers=rules.answer.output,
        code=code("grading"),
    output:
        "verdicts/{contender}.parquet",
    log:
        "logs/grade-{contender}.log",
    shell:
        "clipblind grading grade --questions {input.questions} --answers {input.answers}"
        " --out {output} 2> {log}"


rule score:
    input:
        verdicts=expand(rules.grade.output, contender=study.contender),
        code=code("grading/scores.py", "stats.py"),
    output:
        contenders="scores/contenders.csv",
        benchmarks="scores/benchmarks.csv",
        patterns="scores/patterns.csv",
        metrics="scores/metrics.json",
    log:
        "logs/score.log",
    params:
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
        cfg=needs("contender"),
    shell:
        "clipblind grading labels --cfg {params.cfg:q} --out {output} 2> {log}"
