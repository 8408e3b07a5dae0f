# The pool: what its sources hold, which of it can be decoded, and what repeats.

PARTS = [str(part) for part in range(study.pool.parts)]


rule list_pool:
    output:
        expand("pool/parts/{part}.parquet", part=PARTS),
    log:
        "logs/list_pool.log",
    params:
        code=code("corpus.list_images"),
        cfg=needs("pool.sources", "pool.parts"),
        # files that came or went since list the pool anew
        found=[tree_stamp(ROOT / source.path, LABELS) for source in study.pool.sources.values()],
        root=ROOT,
        folder="pool/parts",
    shell:
        "clipblind corpus list --cfg {params.cfg:q} --root {params.root:q} --out {params.folder}"
        " 2>&1 | tee {log}"


rule check_part:
    input:
        "pool/parts/{part}.parquet",
    output:
        checked="pool/checked/{part}.parquet",
        rejected="pool/rejected/{part}.parquet",
    log:
        "logs/check-{part}.log",
    benchmark:
        "times/check-{part}.tsv"
    wildcard_constraints:
        part=r"\d+",
    threads: max(1, workflow.cores // len(PARTS))
    params:
        code=code("corpus.check"),
    shell:
        "clipblind corpus check --listed {input} --part {wildcards.part} --threads {threads}"
        " --out {output.checked} --rejected {output.rejected} 2>&1 | tee {log}"


rule gather_pool:
    input:
        checked=expand(rules.check_part.output.checked, part=PARTS),
        rejected=expand(rules.check_part.output.rejected, part=PARTS),
    output:
        images="pool/images.parquet",
        rejected="pool/rejected.parquet",
        duplicates="pool/duplicates.parquet",
    log:
        "logs/gather_pool.log",
    params:
        code=code("corpus.gather"),
        cfg=needs("pool.near"),
        checked=flags("checked", "checked"),
        rejected=flags("rejected", "rejected"),
    shell:
        "clipblind corpus gather --cfg {params.cfg:q} {params.checked} {params.rejected}"
        " --images {output.images} --all-rejected {output.rejected}"
        " --duplicates {output.duplicates} 2> {log}"


MADE_OF_POOL = [*rules.gather_pool.output]
