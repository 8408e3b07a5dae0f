# Contenders: training the study's own, and asking each of them every question.

TRAINED_CONTENDERS = [name for name, contender in study.contender.items() if contender.train]


def contender_slice(wildcards):
    """A contender with the encoders that feed it, and nothing of the others."""
    towers = study.contender[wildcards.contender].towers
    return slice_of(
        study,
        "seed",
        contender="contender.{contender}",
        towers={tower: f"encoder.{tower}" for tower in towers},
    )(wildcards)


def tower_files(wildcards):
    return encoder_files(*study.contender[wildcards.contender].towers)


rule train_contender:
    input:
        shards=expand(rules.render.output, shard=shard_names(study.pool, "contender")),
        scenes=rules.scenes.output,
        towers=tower_files,
        code=code("training.py", "mof", "benchmark/wording.py"),
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
    wildcard_constraints:
        contender="|".join(TRAINED_CONTENDERS) or "none",
    params:
        cfg=contender_slice,
        shards=lambda wildcards, input: [f"--shard={shard}" for shard in input.shards],
        towers=lambda wildcards, input: [f"--tower={file}" for file in input.towers],
        folder="contenders/{contender}",
    benchmark:
        "times/train-{contender}.tsv"
    shell:
        "clipblind contender train --cfg {params.cfg:q} {params.shards} --scenes {input.scenes}"
        " {params.towers} --out {params.folder} 2>&1 | tee {log}"


def model_files(wildcards):
    trained = wildcards.contender in TRAINED_CONTENDERS
    files = expand(rules.train_contender.output, contender=wildcards.contender) if trained else []
    return [file for file in files if not file.endswith("curve.csv")]


rule answer:
    input:
        questions=rules.write_questions.output,
        shards=expand(rules.render.output, shard=shard_names(study.pool, "search", "twins")),
        model=model_files,
        towers=tower_files,
        code=code("contenders", "mof/model.py"),
    output:
        "answers/{contender}.parquet",
    log:
        "logs/answer-{contender}.log",
    params:
        cfg=contender_slice,
        shards=lambda wildcards, input: [f"--shard={shard}" for shard in input.shards],
        model=lambda wildcards, input: [f"--model={file}" for file in input.model],
        towers=lambda wildcards, input: [f"--tower={file}" for file in input.towers],
    benchmark:
        "times/answer-{contender}.tsv"
    shell:
        "clipblind contender answer --name {wildcards.contender} --cfg {params.cfg:q}"
        " --questions {input.questions} {params.shards} {params.model} {params.towers}"
        " --out {output} 2>&1 | tee {log}"
