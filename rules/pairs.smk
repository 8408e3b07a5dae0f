# Blind pairs: alike to the probe, different to the reference.


rule mine:
    input:
        probe=expand("embeddings/{e}/{shard}.arrow", e=study.mining.probe, shard=SEARCHED_SHARDS),
        reference=expand(
            "embeddings/{e}/{shard}.arrow",
            e=study.mining.reference,
            shard=SEARCHED_SHARDS,
        ),
        code=code("mining/join.py", "mining/quantiles.py", "mining/candidates.py"),
    output:
        pairs="pairs/pairs.parquet",
        summary="pairs/summary.json",
    log:
        "logs/mine.log",
    benchmark:
        "times/mine.tsv"
    priority: 10
    params:
        cfg=needs("mining"),
        probe=flags("probe", "probe"),
        reference=flags("reference", "reference"),
    shell:
        "clipblind pairs mine --cfg {params.cfg:q} {params.probe} {params.reference}"
        " --out {output.pairs} --summary {output.summary} 2> {log}"


rule select:
    input:
        pairs=rules.mine.output.pairs,
        scenes=rules.scenes.output,
        code=code("mining/selection.py"),
    output:
        pairs="pairs/selected.parquet",
        summary="pairs/selection.json",
    log:
        "logs/select.log",
    params:
        cfg=needs("seed", "mining.selection"),
    shell:
        "clipblind pairs select --cfg {params.cfg:q} --pairs {input.pairs} --scenes {input.scenes}"
        " --out {output.pairs} --summary {output.summary} 2> {log}"
