# Blind pairs: alike to the probe, different to the reference.


rule mine:
    input:
        probe=expand("embeddings/{e}/{shard}.arrow", e=study.mining.probe, shard=SEARCHED_SHARDS),
        reference=expand(
            "embeddings/{e}/{shard}.arrow",
            e=study.mining.reference,
            shard=SEARCHED_SHARDS,
        ),
    output:
        pairs="pairs/pairs.parquet",
        summary="pairs/summary.json",
    log:
        "logs/mine.log",
    benchmark:
        "times/mine.tsv"
    priority: 10
    params:
        code=code("pairs.mine"),
        cfg=needs(mining=THRESHOLDS),
        probe=flags("probe", "probe"),
        reference=flags("reference", "reference"),
    shell:
        "clipblind pairs mine --cfg {params.cfg:q} {params.probe} {params.reference}"
        " --out {output.pairs} --summary {output.summary} 2> {log}"


rule select:
    input:
        pairs=rules.mine.output.pairs,
        scenes=scenes("search"),
    output:
        pairs="pairs/selected.parquet",
        summary="pairs/selection.json",
    log:
        "logs/select.log",
    params:
        scenes=flags("scenes", "scenes"),
        code=code("pairs.select"),
        cfg=needs("seed", "mining.selection"),
    shell:
        "clipblind pairs select --cfg {params.cfg:q} --pairs {input.pairs} {params.scenes}"
        " --out {output.pairs} --summary {output.summary} 2> {log}"
