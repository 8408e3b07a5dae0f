# The pool: scenes, pictures packed in shards, captions.


rule scenes:
    input:
        code=code("pools/world/scenes.py", "pools/world/factors.py"),
    output:
        "pool/scenes.parquet",
    log:
        "logs/scenes.log",
    params:
        cfg=needs("seed", "pool"),
    shell:
        "clipblind pool scenes --cfg {params.cfg:q} --out {output} 2> {log}"


rule render:
    input:
        scenes=rules.scenes.output,
        code=code("pools/world/draw.py", "pools/world/draw_subjects.py", "pools/images.py"),
    output:
        "pool/shards/{shard}.parquet",
    log:
        "logs/render-{shard}.log",
    benchmark:
        "times/render-{shard}.tsv"
    # all trainings of encoders wait for the encoder split
    priority: lambda wildcards: 50 if wildcards.shard.startswith("encoder") else 40
    params:
        cfg=needs("pool.image_size", "pool.shard_images"),
    shell:
        "clipblind pool render {wildcards.shard} --cfg {params.cfg:q} --scenes {input.scenes}"
        " --out {output} 2>&1 | tee {log}"


rule index:
    input:
        shards=expand(rules.render.output, shard=shard_names(study.pool)),
        code=code("pools/images.py"),
    output:
        "pool/images.parquet",
    log:
        "logs/index.log",
    params:
        shards=flags("shard", "shards"),
    shell:
        "clipblind pool index {params.shards} --out {output} 2> {log}"


rule captions:
    input:
        scenes=rules.scenes.output,
        code=code("pools/world/captions.py"),
    output:
        "pool/captions/{policy}.parquet",
    log:
        "logs/captions-{policy}.log",
    priority: 60
    params:
        cfg=needs("seed", policy="pool.captions.{policy}"),
    shell:
        "clipblind pool captions --cfg {params.cfg:q} --scenes {input.scenes} --out {output} 2> {log}"
