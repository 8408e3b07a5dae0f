# Embeddings of the pool by the two encoders it is mined with: one job an encoder and part. Each job
# takes a GPU for itself, if there are any.

SEARCHED_SHARDS = PARTS


rule embed_part:
    input:
        listed="pool/parts/{part}.parquet",
        checked=rules.check_part.output.checked,
    output:
        embeddings="embeddings/{encoder}/{part}.arrow",
        made="embeddings/{encoder}/{part}.json",
    log:
        "logs/embed-{encoder}-{part}.log",
    benchmark:
        "times/embed-{encoder}-{part}.tsv"
    wildcard_constraints:
        part=r"\d+",
    threads: MODEL_THREADS
    resources:
        # no parameter: it changes no embedding
        workers=study.embedding.workers,
    params:
        code=code("encoder.embed_part"),
        cfg=needs(encoder=ENCODER, embedding=EMBEDDING),
        model=folder_of,
        weights=weights_of,
        devices=ASSETS / ".devices",
    shell:
        "clipblind encoder embed-part --name {wildcards.encoder} --cfg {params.cfg:q}"
        " --listed {input.listed} --checked {input.checked} --folder {params.model:q}"
        " --devices {params.devices:q} --threads {threads} --workers {resources.workers}"
        " --weights {params.weights:q} --out {output.embeddings} --made {output.made} 2>&1 | tee {log}"
