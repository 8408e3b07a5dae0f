# MMVP as published.

MMVP = ROOT / study.benchmark.path
# an image that is written anew in place must be asked about again
PUBLISHED = folder_stamp(MMVP)


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
        published=PUBLISHED,
    shell:
        "clipblind benchmark read-mmvp --cfg {params.cfg:q} --folder {params.folder:q}"
        " --out {output.questions} --images {output.images} 2> {log}"


MADE_OF_BENCHMARK = [*rules.write_questions.output]
