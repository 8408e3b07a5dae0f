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
        named="vlm/{encoder}/named.parquet",
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
        " --scores {output.scores} --named {output.named} --factors {output.factors} 2> {log}"


rule gather_vlm:
    input:
        tables=expand(rules.vlm_study.output.scores, encoder=study.text_towers),
    output:
        "vlm/scores.csv",
    log:
        "logs/gather-vlm.log",
    params:
        code=code("tables.gather"),
        tables=flags("table", "tables"),
    shell:
        "clipblind tables gather vlm_scores {params.tables} --out {output} 2> {log}"


rule gather_factors:
    input:
        tables=expand(rules.vlm_study.output.factors, encoder=study.text_towers),
    output:
        "vlm/zero_shot.csv",
    log:
        "logs/gather-factors.log",
    params:
        code=code("tables.gather"),
        tables=flags("table", "tables"),
    shell:
        "clipblind tables gather zero_shot {params.tables} --out {output} 2> {log}"


rule list_variants:
    input:
        scores=rules.gather_vlm.output,
        named=expand(rules.vlm_study.output.named, encoder=study.text_towers),
    output:
        "vlm/variants.csv",
    log:
        "logs/variants.log",
    params:
        code=code("vlm.variants"),
        cfg=variants_slice,
        named=flags("named", "named"),
    shell:
        "clipblind vlm variants --cfg {params.cfg:q} --scores {input.scores} {params.named}"
        " --out {output} 2> {log}"


rule compare_encoders:
    input:
        pairs=expand(rules.vlm_study.output.pairs, encoder=study.text_towers),
        named=expand(rules.vlm_study.output.named, encoder=study.text_towers),
    output:
        "vlm/paired.csv",
    log:
        "logs/compare-encoders.log",
    params:
        code=code("vlm.compare"),
        cfg=needs("mining.probe"),
        pairs=flags("pairs", "pairs"),
        named=flags("named", "named"),
    shell:
        "clipblind vlm compare --cfg {params.cfg:q} {params.pairs} {params.named}"
        " --out {output} 2> {log}"


rule correlate:
    input:
        pairs=expand(rules.vlm_study.output.pairs, encoder=study.text_towers),
        verdicts=expand(rules.grade.output, contender=study.contender),
    output:
        "scores/correlation.csv",
    log:
        "logs/correlate.log",
    params:
        code=code("grading.correlate"),
        cfg=needs("seed", "mining.probe", towers=of_contenders("towers")),
        pairs=flags("pairs", "pairs"),
        verdicts=flags("verdicts", "verdicts"),
    shell:
        "clipblind grading correlate --cfg {params.cfg:q} {params.pairs} {params.verdicts}"
        " --out {output} 2> {log}"
