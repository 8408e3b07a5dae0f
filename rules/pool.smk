# The pool: scenes, pictures packed in shards, captions.


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
        "pool/shards/{shard}.parquet",
    log:
        "logs/render-{shard}.log",
    benchmark:
        "times/render-{shard}.tsv"
    # all trainings of encoders wait for the encoder split
    priority: lambda wildcards: 50 if wildcards.shard.startswith("encoder") else 40
    params:
        scenes=flags("scenes", "scenes"),
        code=code("pool.render"),
        cfg=needs("pool.image_size", "pool.shard_images"),
    shell:
        "clipblind pool render {wildcards.shard} --cfg {params.cfg:q} {params.scenes}"
        " --out {output} 2>&1 | tee {log}"


rule index:
    input:
        shards=expand(rules.render.output, shard=shard_names(study.pool)),
    output:
        "pool/images.parquet",
    log:
        "logs/index.log",
    params:
        code=code("pool.index"),
        shards=flags("shard", "shards"),
    shell:
        "clipblind pool index {params.shards} --out {output} 2> {log}"


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
        cfg=needs("seed", policy="pool.captions.{policy}"),
    shell:
        "clipblind pool captions --cfg {params.cfg:q} {params.scenes} --out {output} 2> {log}"
