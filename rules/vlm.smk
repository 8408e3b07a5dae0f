# The VLM study over the CLIP variants, and its correlation with the contenders.


rule vlm_study:
    input:
        scenes=scenes("twins", "heldout"),
        embeddings=expand(
            "embeddings/{{encoder}}/{shard}.arrow",
            shard=shard_names(study.pool, "twins", "heldout"),
        ),
        model=lambda wildcards: encoder_files(wildcards.encoder),
    output:
        pairs="vlm/{encoder}/pairs.parquet",
        scores="vlm/{encoder}/scores.csv",
        factors="vlm/{encoder}/factors.csv",
    log:
        "logs/vlm-{encoder}.log",
    benchmark:
        "times/vlm-{encoder}.tsv"
    params:
        scenes=flags("scenes", "scenes"),
        code=code("vlm.study"),
        cfg=vlm_slice,
        embeddings=flags("embeddings", "embeddings"),
    shell:
        "clipblind vlm study --name {wildcards.encoder} --cfg {params.cfg:q}"
        " {params.scenes} {params.embeddings} --pairs {output.pairs}"
        " --scores {output.scores} --factors {output.factors} 2> {log}"


rule gather_vlm:
    input:
        tables=expand(rules.vlm_study.output.scores, encoder=study.vlm.encoders),
    output:
        "vlm/scores.csv",
    log:
        "logs/gather-vlm.log",
    params:
        code=code("vlm.gather"),
        tables=flags("table", "tables"),
    shell:
        "clipblind vlm gather {params.tables} --out {output} 2> {log}"


rule gather_factors:
    input:
        tables=expand(rules.vlm_study.output.factors, encoder=study.vlm.encoders),
    output:
        "vlm/zero_shot.csv",
    log:
        "logs/gather-factors.log",
    params:
        code=code("vlm.gather_factors"),
        tables=flags("table", "tables"),
    shell:
        "clipblind vlm gather-factors {params.tables} --out {output} 2> {log}"


rule correlate:
    input:
        vlm=rules.gather_vlm.output,
        patterns=rules.score.output.patterns,
    output:
        "scores/correlation.csv",
    log:
        "logs/correlate.log",
    params:
        code=code("grading.correlate"),
        cfg=needs("mining.probe", "vlm.encoders", towers=of_contenders("towers")),
    shell:
        "clipblind grading correlate --cfg {params.cfg:q} --vlm {input.vlm}"
        " --patterns {input.patterns} --out {output} 2> {log}"
