# Embeddings of the pictures that are searched, matched or named: one process an encoder.

EMBEDDED_SHARDS = shard_names(study.pool, "search", "twins", "heldout")
SEARCHED_SHARDS = shard_names(study.pool, "search")


rule embed:
    input:
        shards=expand(rules.render.output, shard=EMBEDDED_SHARDS),
        model=lambda wildcards: encoder_files(wildcards.encoder),
    output:
        expand("embeddings/{{encoder}}/{shard}.arrow", shard=EMBEDDED_SHARDS),
    log:
        "logs/embed-{encoder}.log",
    benchmark:
        "times/embed-{encoder}.tsv"
    priority: lambda wildcards: 10 if wildcards.encoder in FIRST else 0
    params:
        code=code("encoder.embed"),
        cfg=needs(encoder="encoder.{encoder}"),
        shards=flags("shard", "shards"),
        model=flags("model", "model"),
        folder="embeddings/{encoder}",
    shell:
        "clipblind encoder embed --name {wildcards.encoder} --cfg {params.cfg:q}"
        " {params.shards} {params.model} --out {params.folder} 2>&1 | tee {log}"
