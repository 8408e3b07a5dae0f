# Embeddings of the pool by the two encoders it is mined with: one job an encoder and part. Each job
# takes a GPU for itself, if there are any.

SEARCHED_SHARDS = PARTS
EMBEDDING_THREADS = max(1, workflow.cores // max(1, GPUS))


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
    threads: EMBEDDING_THREADS
    params:
        code=code("encoder.embed_part"),
        cfg=needs("embedding", encoder="encoder.{encoder}"),
        model=folder_of,
        weights=weights_of,
        devices=ASSETS / ".devices",
    shell:
        "clipblind encoder embed-part --name {wildcards.encoder} --cfg {params.cfg:q}"
        " --listed {input.listed} --checked {input.checked} --folder {params.model:q}"
        " --devices {params.devices:q} --threads {threads} --out {output.embeddings}"
        " --made {output.made} 2>&1 | tee {log}"
