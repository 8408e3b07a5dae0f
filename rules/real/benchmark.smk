# MMVP as published, asked of every contender.

MMVP = ROOT / study.benchmark.path


rule write_questions:
    output:
        questions="benchmark/questions.parquet",
        images="benchmark/images.parquet",
    log:
        "logs/questions.log",
    params:
        code=code("benchmark.read_mmvp"),
        cfg=needs("benchmark.labels", "benchmark.digest"),
        folder=MMVP,
        published=tree_stamp(MMVP),
    shell:
        "clipblind benchmark read-mmvp --cfg {params.cfg:q} --folder {params.folder:q}"
        " --out {output.questions} --images {output.images} 2> {log}"


rule answer:
    input:
        questions=rules.write_questions.output.questions,
    output:
        "answers/{contender}.parquet",
    log:
        "logs/answer-{contender}.log",
    params:
        code=code("contender.answer"),
        cfg=needs("seed", towers={}, contender="contender.{contender}"),
    shell:
        "clipblind contender answer --name {wildcards.contender} --cfg {params.cfg:q}"
        " --questions {input.questions} --out {output} 2>&1 | tee {log}"


MADE_OF_BENCHMARK = [
    *rules.write_questions.output,
    *expand("answers/{contender}.parquet", contender=study.contender),
    *expand("verdicts/{contender}.parquet", contender=study.contender),
    "scores/contenders.csv",
    "scores/benchmarks.csv",
    "scores/paired.csv",
]
