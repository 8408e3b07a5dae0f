# The pool: the rendered world, if there is one; what the sources hold, which of it can be decoded,
# and what repeats.

PARTS = [str(part) for part in range(study.pool.parts)]

if study.world:

    wildcard_constraints:
        policy="|".join(study.world.captions),
        split="|".join(SETTINGS_OF_SPLIT),

    rule scenes:
        output:
            "pool/scenes/{split}.parquet",
        log:
            "logs/scenes-{split}.log",
        params:
            code=code("pool.scenes"),
            cfg=scenes_slice,
        shell:
            "clipblind pool scenes {wildcards.split} --cfg {params.cfg:q} --out {output} 2> {log}"

    rule render:
        input:
            scenes=lambda wildcards: scenes(wildcards.shard.rpartition("-")[0]),
        output:
            "pool/shards/{shard}.tar",
        log:
            "logs/render-{shard}.log",
        benchmark:
            "times/render-{shard}.tsv"
        # all trainings of encoders wait for the encoder split
        priority: lambda wildcards: 50 if wildcards.shard.startswith("encoder") else 40
        params:
            scenes=flags("scenes", "scenes"),
            code=code("pool.render"),
            cfg=needs(f"{WORLD}.image_size", f"{WORLD}.shard_images"),
        shell:
            "clipblind pool render {wildcards.shard} --cfg {params.cfg:q} {params.scenes}"
            " --out {output} 2>&1 | tee {log}"

    rule captions:
        input:
            scenes=scenes("encoder"),
        output:
            "pool/captions/{policy}.parquet",
        log:
            "logs/captions-{policy}.log",
        priority: 60
        params:
            scenes=flags("scenes", "scenes"),
            code=code("pool.captions"),
            cfg=needs("seed", policy=f"{WORLD}.captions.{{policy}}"),
        shell:
            "clipblind pool captions --cfg {params.cfg:q} {params.scenes} --out {output} 2> {log}"


rule list_pool:
    input:
        shards=shards("search"),
    output:
        parts=expand("pool/parts/{part}.parquet", part=PARTS),
        rejected="pool/rejected/listing.parquet",
    log:
        "logs/list_pool.log",
    priority: 40
    params:
        code=code("pool.list_images"),
        cfg=sources_slice(),
        shards=flags("shard", "shards"),
        found=[found_in(source) for source in study.pool.sources.values()],
        root=here("."),
        folder=lambda wildcards, output: str(Path(output.parts[0]).parent),
    shell:
        "clipblind pool list --cfg {params.cfg:q} --root {params.root:q} {params.shards}"
        " --out {params.folder} --rejected {output.rejected} 2>&1 | tee {log}"


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
    priority: 40
    threads: max(1, CORES // len(PARTS)) if not study.world else 1
    params:
        code=code("pool.check"),
    shell:
        "clipblind pool check --listed {input} --part {wildcards.part} --threads {threads}"
        " --out {output.checked} --rejected {output.rejected} 2>&1 | tee {log}"


rule gather_pool:
    input:
        checked=expand(rules.check_part.output.checked, part=PARTS),
        rejected=[
            rules.list_pool.output.rejected,
            *expand(rules.check_part.output.rejected, part=PARTS),
        ],
    output:
        images="pool/images.parquet",
        rejected="pool/rejected.parquet",
        duplicates="pool/duplicates.parquet",
    log:
        "logs/gather_pool.log",
    params:
        code=code("pool.gather"),
        cfg=needs("pool.near"),
        checked=flags("checked", "checked"),
        rejected=flags("rejected", "rejected"),
    shell:
        "clipblind pool gather --cfg {params.cfg:q} {params.checked} {params.rejected}"
        " --images {output.images} --all-rejected {output.rejected}"
        " --duplicates {output.duplicates} 2> {log}"


MADE += [*rules.gather_pool.output]
KEPT += [
    *scenes("search"),
    *shards("search"),
    *rules.list_pool.output,
    *expand(rules.check_part.output, part=PARTS),
]
