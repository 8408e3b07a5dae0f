# Training the world's own encoders. An encoder that is loaded from elsewhere needs no rule here.

TRAINING_SHARDS = expand(rules.render.output, shard=shard_names(study.pool, "encoder"))
# the encoders that mining needs come first: most of the study waits for them
FIRST = {study.mining.probe, study.mining.reference}


rule train_clip:
    input:
        shards=TRAINING_SHARDS,
        captions=lambda wildcards: expand(
            rules.captions.output,
            policy=study.encoder[wildcards.encoder].train.captions,
        ),
    output:
        multiext(
            "encoders/{encoder}/",
            "open_clip_config.json",
            "open_clip_model.safetensors",
            "tokenizer.json",
            "tokenizer_config.json",
            "curve.csv",
        ),
    log:
        "logs/train-{encoder}.log",
    benchmark:
        "times/train-{encoder}.tsv"
    wildcard_constraints:
        encoder="|".join(CLIPS) or "none",
    priority: lambda wildcards: 10 if wildcards.encoder in FIRST else 0
    params:
        code=code("encoder.train_clip"),
        cfg=needs("seed", train="encoder.{encoder}.train"),
        shards=flags("shard", "shards"),
        folder="encoders/{encoder}",
    shell:
        "clipblind encoder train-clip --cfg {params.cfg:q} {params.shards}"
        " --captions {input.captions} --out {params.folder} 2>&1 | tee {log}"


rule train_simclr:
    input:
        shards=TRAINING_SHARDS,
    output:
        multiext(
            "encoders/{encoder}/",
            "config.json",
            "model.safetensors",
            "preprocessor_config.json",
            "curve.csv",
        ),
    log:
        "logs/train-{encoder}.log",
    benchmark:
        "times/train-{encoder}.tsv"
    wildcard_constraints:
        encoder="|".join(REFERENCES) or "none",
    priority: 20
    params:
        code=code("encoder.train_simclr"),
        cfg=needs("seed", train="encoder.{encoder}.train"),
        shards=flags("shard", "shards"),
        folder="encoders/{encoder}",
    shell:
        "clipblind encoder train-simclr --cfg {params.cfg:q} {params.shards}"
        " --out {params.folder} 2>&1 | tee {log}"
