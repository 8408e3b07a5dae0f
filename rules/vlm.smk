# The VLM study over the CLIP variants, and its correlation with the contenders.


rule vlm_study:
    input:
        scenes=rules.scenes.output,
        embeddings=expand(
            "embeddings/{{encoder}}/{shard}.arrow",
            shard=shard_names(study.pool, "twins", "heldout"),
        ),
        model=lambda wildcards: encoder_files(wildcards.encoder),
        code=code("vlm", "pools/world/captions.py"),
    output:
        pairs="vlm/{encoder}/pairs.parquet",
        scores="vlm/{encoder}/scores.csv",
        factors="vlm/{encoder}/factors.csv",
    log:
        "logs/vlm-{encoder}.log",
    benchmark:
        "times/vlm-{encoder}.tsv"
    params:
        cfg=needs(
            "seed",
            "vlm.prefix",
            "pool.captions",
            "pool.twin_pairs",
            encoder="encoder.{encoder}",
        ),
        embeddings=flags("embeddings", "embeddings"),
    shell:
        "clipblind vlm study --name {wildcards.encoder} --cfg {params.cfg:q}"
        " --scenes {input.scenes} {params.embeddings} --pairs {output.pairs}"
        " --scores {output.scores} --factors {output.factors} 2> {log}"


rule gather_vlm:
    input:
        tables=expand(rules.vlm_study.output.scores, encoder=study.vlm.encoders),
    output:
        "vlm/scores.csv",
    log:
        "logs/gather-vlm.log",
    params:
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
        tables=flags("table", "tables"),
    shell:
        "clipblind vlm gather-factors {params.tables} --out {output} 2> {log}"


rule correlate:
    input:
        vlm=rules.gather_vlm.output,
        patterns=rules.score.output.patterns,
        code=code("vlm/scores.py", "stats.py"),
    output:
        "scores/correlation.csv",
    log:
        "logs/correlate.log",
    params:
        cfg=needs("contender", "mining.probe", "vlm.encoders"),
    shell:
        "clipblind grading correlate --cfg {params.cfg:q} --vlm {input.vlm}"
        " --patterns {input.patterns} --out {output} 2> {log}"
