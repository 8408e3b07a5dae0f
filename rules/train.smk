# Training the rendered world's own models. What is loaded from elsewhere needs no rule here.

CLIPS = [n for n in study.trained if study.encoder[n].train.objective == "clip"]
REFERENCES = [n for n in study.trained if n not in CLIPS]


rule train_clip:
    input:
        shards=shards("encoder"),
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
        shards=shards("encoder"),
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


rule train_contender:
    input:
        shards=shards("contender"),
        scenes=scenes("contender"),
        towers=lambda wildcards: encoder_files(*study.contender[wildcards.contender].towers),
    output:
        multiext(
            "contenders/{contender}/",
            "config.json",
            "model.safetensors",
            "tokenizer.json",
            "tokenizer_config.json",
            "curve.csv",
        ),
    log:
        "logs/train-{contender}.log",
    benchmark:
        "times/train-{contender}.tsv"
    wildcard_constraints:
        contender="|".join(study.taught) or "none",
    # the longest first, so that none is left alone at the end
    priority: lambda wildcards: study.contender[wildcards.contender].train.schedule.steps // 100
    params:
        scenes=flags("scenes", "scenes"),
        code=lambda wildcards: code(
            "contender.train", *loaders(*study.contender[wildcards.contender].towers)
        ),
        cfg=contender_slice,
        shards=flags("shard", "shards"),
        towers=flags("tower", "towers"),
        folder="contenders/{contender}",
    shell:
        "clipblind contender train --cfg {params.cfg:q} {params.shards} {params.scenes}"
        " {params.towers} --out {params.folder} 2>&1 | tee {log}"


KEPT += [
    *encoder_files(*study.trained),
    *expand(rules.train_contender.output, contender=study.taught),
    *(scenes("encoder") + shards("encoder") if study.trained else []),
    *(scenes("contender") + shards("contender") if study.taught else []),
    *expand(rules.captions.output, policy=sorted({study.encoder[n].train.captions for n in CLIPS})),
]
MADE += [
    *expand("encoders/{encoder}/curve.csv", encoder=study.trained),
    *expand("contenders/{contender}/curve.csv", contender=study.taught),
]
