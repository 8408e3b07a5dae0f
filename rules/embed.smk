# Embeddings of the pictures that are searched, matched or named: one process an encoder.

EMBEDDED_SHARDS = shard_names(study.pool, "search", "twins", "heldout")
SEARCHED_SHARDS = shard_names(study.pool, "search")


rule embed:
    input:
        shards=expand(rules.render.output, shard=EMBEDDED_SHARDS),
        model=lambda wildcards: encoder_files(wildcards.encoder),
        code=code("embed.py", "encoders/open_clip_loader.py", "encoders/transformers_loader.py"),
    output:
        expand("embeddings/{{encoder}}/{shard}.arrow", shard=EMBEDDED_SHARDS),
    log:
        "logs/embed-{encoder}.log",
    params:
        cfg=needs(encoder="encoder.{encoder}"),
        shards=lambda wildcards, input: [f"--shard={shard}" for shard in input.shards],
        model=lambda wildcards, input: [f"--model={file}" for file in input.model],
        folder="embeddings/{encoder}",
    benchmark:
        "times/embed-{encoder}.tsv"
    priority: lambda wildcards: 10 if wildcards.encoder in FIRST else 0
    shell:
        "clipblind encoder embed --name {wildcards.encoder} --cfg {params.cfg:q}"
        " {params.shards} {params.model} --out {params.folder} 2>&1 | tee {log}"
