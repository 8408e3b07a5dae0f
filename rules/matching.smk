# Encoders tested with texts: side by side, and beside those who answer questions.

MATCHES = expand("encoded/{encoder}/matches.parquet", encoder=MATCHING)
NAMED = expand("encoded/{encoder}/named.parquet", encoder=MATCHING) if study.world else []

# a study that mines nothing has no probe
PROBE = {"probe": "mining.probe"} if study.mining else {}


rule gather_matching:
    input:
        tables=expand("encoded/{encoder}/scores.csv", encoder=MATCHING),
    output:
        "matching/scores.csv",
    log:
        "logs/gather-matching.log",
    params:
        code=code("tables.gather"),
        tables=flags("table", "tables"),
    shell:
        "clipblind tables gather match_scores {params.tables} --out {output} 2> {log}"


rule list_variants:
    input:
        scores=rules.gather_matching.output,
        named=NAMED,
    output:
        "matching/variants.csv",
    log:
        "logs/variants.log",
    params:
        code=code("matching.variants"),
        cfg=variants_slice(),
        named=flags("named", "named"),
    shell:
        "clipblind matching variants --cfg {params.cfg:q} --scores {input.scores} {params.named}"
        " --out {output} 2> {log}"


rule compare_encoders:
    input:
        matches=MATCHES,
        named=NAMED,
    output:
        "matching/paired.csv",
    log:
        "logs/compare-encoders.log",
    params:
        code=code("matching.compare"),
        cfg=needs(**PROBE),
        matches=flags("matches", "matches"),
        named=flags("named", "named"),
    shell:
        "clipblind matching compare --cfg {params.cfg:q} {params.matches} {params.named}"
        " --out {output} 2> {log}"


MADE += [
    *MATCHES,
    *rules.gather_matching.output,
    *rules.list_variants.output,
    *rules.compare_encoders.output,
]

if study.world:

    rule gather_factors:
        input:
            tables=expand("encoded/{encoder}/zero_shot.csv", encoder=MATCHING),
        output:
            "matching/zero_shot.csv",
        log:
            "logs/gather-factors.log",
        params:
            code=code("tables.gather"),
            tables=flags("table", "tables"),
        shell:
            "clipblind tables gather zero_shot {params.tables} --out {output} 2> {log}"

    MADE += [*rules.gather_factors.output]


if study.beside:

    rule correlate:
        input:
            matches=MATCHES,
            verdicts=VERDICTS,
        output:
            "scores/correlation.csv",
        log:
            "logs/correlate.log",
        params:
            code=code("scores.correlate"),
            cfg=needs(
                "seed",
                beside={name: f"benchmark.{name}.beside" for name in study.beside},
                encoders={name: f"encoder.{name}.row" for name in MATCHING},
                rows=of_contenders("row"),
                kinds=of_contenders("kind"),
                images=of_contenders("image"),
                towers={
                    name: f"contender.{name}.towers"
                    for name, who in study.contender.items()
                    if hasattr(who, "towers")
                },
                **PROBE,
            ),
            matches=flags("matches", "matches"),
            verdicts=flags("verdicts", "verdicts"),
        shell:
            "clipblind scores correlate --cfg {params.cfg:q} {params.matches} {params.verdicts}"
            " --out {output} 2> {log}"

    MADE += [*rules.correlate.output]


if study.matching.imagenet:

    rule list_validation:
        output:
            listed="encoded/imagenet/0.parquet",
            rejected="encoded/imagenet/unlisted.parquet",
        log:
            "logs/list_validation.log",
        params:
            code=code("pool.list_images"),
            cfg=needs(sources="validation_source", parts="validation_parts"),
            found=tree_stamp(ROOT / study.matching.imagenet, LABELS),
            root=here("."),
            folder=lambda wildcards, output: str(Path(output[0]).parent),
        shell:
            "clipblind pool list --cfg {params.cfg:q} --root {params.root:q}"
            " --out {params.folder} --rejected {output.rejected} 2>&1 | tee {log}"

    rule check_validation:
        input:
            rules.list_validation.output.listed,
        output:
            checked="encoded/imagenet/checked.parquet",
            rejected="encoded/imagenet/rejected.parquet",
        log:
            "logs/check_validation.log",
        threads: CORES
        params:
            code=code("pool.check"),
        shell:
            "clipblind pool check --listed {input} --part 0 --threads {threads}"
            " --out {output.checked} --rejected {output.rejected} 2>&1 | tee {log}"

    rule imagenet:
        input:
            listed=rules.list_validation.output.listed,
            checked=rules.check_validation.output.checked,
            model=lambda wildcards: encoder_files(wildcards.encoder),
        output:
            "encoded/{encoder}/imagenet.csv",
        log:
            "logs/imagenet-{encoder}.log",
        benchmark:
            "times/imagenet-{encoder}.tsv"
        threads: MODEL_THREADS
        resources:
            workers=study.embedding.workers,
        params:
            code=lambda wildcards: code("matching.imagenet", *loaders(wildcards.encoder)),
            cfg=needs("matching.templates", encoder=ENCODER, embedding=HOW),
            folder=encoder_folder,
            weights=encoder_stamp,
            devices=fixed(DEVICES),
        shell:
            "clipblind matching imagenet --name {wildcards.encoder} --cfg {params.cfg:q}"
            " --listed {input.listed} --checked {input.checked} --folder {params.folder:q}"
            " --devices {params.devices:q} --threads {threads} --workers {resources.workers}"
            " --weights={params.weights:q} --out {output} 2>&1 | tee {log}"

    rule gather_imagenet:
        input:
            tables=expand(rules.imagenet.output, encoder=MATCHING),
        output:
            "matching/imagenet.csv",
        log:
            "logs/gather-imagenet.log",
        params:
            code=code("tables.gather"),
            tables=flags("table", "tables"),
        shell:
            "clipblind tables gather imagenet {params.tables} --out {output} 2> {log}"

    MADE += [*rules.gather_imagenet.output]
    KEPT += [
        *rules.list_validation.output,
        *rules.check_validation.output,
        *expand(rules.imagenet.output, encoder=MATCHING),
    ]
