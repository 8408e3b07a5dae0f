# Blind pairs: alike to the probe, different to the reference.


PROBED = embedded(study.mining.probe)
REFERRED = embedded(study.mining.reference)

if study.mining.tiles == 1:

    rule mine:
        input:
            probe=PROBED,
            reference=REFERRED,
        output:
            pairs="pairs/pairs.parquet",
            summary="pairs/summary.json",
        log:
            "logs/mine.log",
        benchmark:
            "times/mine.tsv"
        priority: 10
        threads: study.mining.threads
        params:
            code=code("pairs.mine"),
            cfg=needs(mining=THRESHOLDS),
            probe=flags("probe", "probe"),
            reference=flags("reference", "reference"),
        shell:
            "clipblind pairs mine --cfg {params.cfg:q} {params.probe} {params.reference}"
            " --threads {threads} --out {output.pairs} --summary {output.summary} 2> {log}"

else:

    # Scatter and gather: the plan makes the clusters once, so that every pair is in one tile.
    TILES = range(study.mining.tiles)

    rule plan_tiles:
        input:
            probe=PROBED,
            reference=REFERRED,
        output:
            index="pairs/tiles/index.safetensors",
            manifest="pairs/tiles/manifest.json",
        log:
            "logs/plan_tiles.log",
        priority: 10
        threads: study.mining.threads
        params:
            code=code("pairs.plan_tiles"),
            cfg=needs(mining=THRESHOLDS),
            probe=flags("probe", "probe"),
            reference=flags("reference", "reference"),
            tiles=study.mining.tiles,
        shell:
            "clipblind pairs plan --cfg {params.cfg:q} {params.probe} {params.reference}"
            " --tiles {params.tiles} --threads {threads} --index {output.index}"
            " --manifest {output.manifest} 2> {log}"

    rule mine_tile:
        input:
            probe=PROBED,
            reference=REFERRED,
            index=rules.plan_tiles.output.index,
            manifest=rules.plan_tiles.output.manifest,
        output:
            pairs="pairs/tiles/{tile}.parquet",
            report="pairs/tiles/{tile}.json",
        log:
            "logs/mine_tile/{tile}.log",
        benchmark:
            "times/mine_tile/{tile}.tsv"
        wildcard_constraints:
            tile=r"\d+",
        priority: 10
        threads: study.mining.threads
        params:
            code=code("pairs.tile"),
            probe=flags("probe", "probe"),
            reference=flags("reference", "reference"),
        shell:
            "clipblind pairs tile {params.probe} {params.reference} --index {input.index}"
            " --manifest {input.manifest} --tile {wildcards.tile} --threads {threads}"
            " --out {output.pairs} --report {output.report} 2> {log}"

    rule mine:
        input:
            probe=PROBED,
            manifest=rules.plan_tiles.output.manifest,
            tables=expand("pairs/tiles/{tile}.parquet", tile=TILES),
            reports=expand("pairs/tiles/{tile}.json", tile=TILES),
        output:
            pairs="pairs/pairs.parquet",
            summary="pairs/summary.json",
        log:
            "logs/mine.log",
        benchmark:
            "times/mine.tsv"
        priority: 10
        params:
            code=code("pairs.gather_tiles"),
            cfg=needs(mining=THRESHOLDS),
            probe=flags("probe", "probe"),
            tables=flags("table", "tables"),
            reports=flags("report", "reports"),
        shell:
            "clipblind pairs gather --cfg {params.cfg:q} {params.probe}"
            " --manifest {input.manifest} {params.tables} {params.reports}"
            " --out {output.pairs} --summary {output.summary} 2> {log}"

    KEPT += [
        *rules.plan_tiles.output,
        *expand(rules.mine_tile.output, tile=TILES),
    ]


rule select:
    input:
        pairs=rules.mine.output.pairs,
        scenes=scenes("search"),
        duplicates=rules.gather_pool.output.duplicates,
    output:
        pairs="pairs/selected.parquet",
        summary="pairs/selection.json",
    log:
        "logs/select.log",
    params:
        scenes=flags("scenes", "scenes"),
        duplicates=flags("duplicates", "duplicates"),
        code=code("pairs.select"),
        cfg=needs("seed", "mining.selection"),
    shell:
        "clipblind pairs select --cfg {params.cfg:q} --pairs {input.pairs} {params.scenes}"
        " {params.duplicates} --out {output.pairs} --summary {output.summary} 2> {log}"


# Beside the pairs: small copies of their pictures, so that figures and the page need no corpus.
rule pictures:
    input:
        listed=expand("pool/parts/{part}.parquet", part=PARTS),
        pairs=rules.select.output.pairs,
        shards=shards("search"),
    output:
        "pairs/pictures.parquet",
    log:
        "logs/pictures.log",
    params:
        code=code("pairs.pictures"),
        listed=flags("listed", "listed"),
    shell:
        "clipblind pairs pictures {params.listed} --pairs {input.pairs} --out {output} 2> {log}"


MADE += [*rules.mine.output, *rules.select.output, *rules.pictures.output]
