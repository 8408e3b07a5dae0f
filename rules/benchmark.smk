# The benchmark: questions over mined, random and twin pairs; the mined ones in MMVP's layout too.


rule write_questions:
    input:
        pairs=rules.select.output.pairs,
        scenes=rules.scenes.output,
        code=code("benchmark/from_truth.py", "benchmark/wording.py"),
    output:
        "benchmark/questions.parquet",
    log:
        "logs/questions.log",
    params:
        cfg=needs("seed", "benchmark"),
    shell:
        "clipblind benchmark write --cfg {params.cfg:q} --pairs {input.pairs}"
        " --scenes {input.scenes} --out {output} 2> {log}"


rule export_mmvp:
    input:
        questions=rules.write_questions.output,
        shards=expand(rules.render.output, shard=SEARCHED_SHARDS),
        code=code("benchmark/mmvp.py"),
    output:
        table="benchmark/Questions.csv",
        images=directory("benchmark/MMVP Images"),
    log:
        "logs/export.log",
    params:
        shards=flags("shard", "shards"),
    shell:
        "clipblind benchmark export --questions {input.questions} {params.shards}"
        " --out {output.table:q} --images {output.images:q} 2> {log}"
