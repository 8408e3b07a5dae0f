# Training the world's own encoders. An encoder that is loaded from elsewhere needs no rule here.

TRAINED_ENCODERS = [name for name, encoder in study.encoder.items() if encoder.train]
CLIPS = [n for n in TRAINED_ENCODERS if study.encoder[n].train.objective == "clip"]
REFERENCES = [n for n in TRAINED_ENCODERS if study.encoder[n].train.objective == "simclr"]
TRAINING_SHARDS = expand(rules.render.output, shard=shard_names(study.pool, "encoder"))
# the encoders that mining needs come first: most of the study waits for them
FIRST = {study.mining.probe, study.mining.reference}


rule train_clip:
    input:
        shards=TRAINING_SHARDS,
        captions=lambda wildcards: expand(
            rules.captions.output, policy=study.encoder[wildcards.encoder].train.captions
        ),
        code=code("training.py", "encoders/clip_training.py", "encoders/small.py", "encoders/words.py"),
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
    wildcard_constraints:
        encoder="|".join(CLIPS) or "none",
    params:
        cfg=needs("seed", train="encoder.{encoder}.train"),
        shards=lambda wildcards, input: [f"--shard={shard}" for shard in input.shards],
        folder="encoders/{encoder}",
    benchmark:
        "times/train-{encoder}.tsv"
    priority: lambda wildcards: 10 if wildcards.encoder in FIRST else 0
    shell:
        "clipblind encoder train-clip --cfg {params.cfg:q} {params.shards}"
        " --captions {input.captions} --out {params.folder} 2>&1 | tee {log}"


rule train_simclr:
    input:
        shards=TRAINING_SHARDS,
        code=code("training.py", "encoders/simclr_training.py", "encoders/small.py", "encoders/augment.py"),
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
    wildcard_constraints:
        encoder="|".join(REFERENCES) or "none",
    params:
        cfg=needs("seed", train="encoder.{encoder}.train"),
        shards=lambda wildcards, input: [f"--shard={shard}" for shard in input.shards],
        folder="encoders/{encoder}",
    benchmark:
        "times/train-{encoder}.tsv"
    priority: 20
    shell:
        "clipblind encoder train-simclr --cfg {params.cfg:q} {params.shards}"
        " --out {params.folder} 2>&1 | tee {log}"


def encoder_files(*names):
    """The files that trained encoders consist of."""
    return [
        file
        for name in names
        if name in TRAINED_ENCODERS
        for file in expand(
            rules.train_clip.output if name in CLIPS else rules.train_simclr.output, encoder=name
        )
        if not file.endswith("curve.csv")
    ]
