# Contenders: training the study's own, and asking each of them every question.


rule train_contender:
    input:
        shards=expand(rules.render.output, shard=shard_names(study.pool, "contender")),
        scenes=scenes("contender"),
        towers=tower_files,
    output:
        multiext(
            "contenders/{contender}/",
            "config.json",
            "model.safetensors",
            "tokenizer.json",
            "tokenizer_config.json",
            "curve.csv",
        ),
    log:
        "logs/train-{contender}.log",
    benchmark:
        "times/train-{contender}.tsv"
    wildcard_constraints:
        contender="|".join(TRAINED_CONTENDERS) or "none",
    # the longest first, so that none is left alone at the end
    priority: lambda wildcards: study.contender[wildcards.contender].train.schedule.steps // 100
    params:
        scenes=flags("scenes", "scenes"),
        code=code("contender.train"),
        cfg=contender_slice,
        shards=flags("shard", "shards"),
        towers=flags("tower", "towers"),
        folder="contenders/{contender}",
    shell:
        "clipblind contender train --cfg {params.cfg:q} {params.shards} {params.scenes}"
        " {params.towers} --out {params.folder} 2>&1 | tee {log}"


rule answer:
    input:
        questions=rules.write_questions.output,
        shards=expand(rules.render.output, shard=shard_names(study.pool, "search", "twins")),
        model=contender_files,
        towers=tower_files,
    output:
        "answers/{contender}.parquet",
    log:
        "logs/answer-{contender}.log",
    benchmark:
        "times/answer-{contender}.tsv"
    params:
        code=code("contender.answer"),
        cfg=contender_slice,
        shards=flags("shard", "shards"),
        model=flags("model", "model"),
        towers=flags("tower", "towers"),
    shell:
        "clipblind contender answer --name {wildcards.contender} --cfg {params.cfg:q}"
        " --questions {input.questions} {params.shards} {params.model} {params.towers}"
        " --out {output} 2>&1 | tee {log}"
