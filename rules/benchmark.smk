# The benchmark: questions over mined, random and twin pairs; the mined ones in MMVP's layout too.


rule write_questions:
    input:
        pairs=rules.select.output.pairs,
        scenes=scenes("search", "twins"),
    output:
        "benchmark/questions.parquet",
    log:
        "logs/questions.log",
    params:
        scenes=flags("scenes", "scenes"),
        code=code("benchmark.write"),
        cfg=needs("seed", "benchmark"),
    shell:
        "clipblind benchmark write --cfg {params.cfg:q} --pairs {input.pairs}"
        " {params.scenes} --out {output} 2> {log}"


rule export_mmvp:
    input:
        questions=rules.write_questions.output,
        shards=expand(rules.render.output, shard=SEARCHED_SHARDS),
    output:
        table="benchmark/Questions.csv",
        images=directory("benchmark/MMVP Images"),
    log:
        "logs/export.log",
    params:
        code=code("benchmark.export"),
        shards=flags("shard", "shards"),
    shell:
        "clipblind benchmark export --questions {input.questions} {params.shards}"
        " --out {output.table:q} --images {output.images:q} 2> {log}"
