# The VLM study on MMVP-VLM: every CLIP variant, official scoring and the other direction, beside the
# paper's Table 1.

MMVP_VLM = ROOT / study.vlm.path


rule official_vlm:
    output:
        pairs="vlm/{encoder}/pairs.parquet",
        scores="vlm/{encoder}/scores.csv",
    log:
        "logs/vlm-{encoder}.log",
    benchmark:
        "times/vlm-{encoder}.tsv"
    threads: MODEL_THREADS
    params:
        code=code("vlm.official"),
        cfg=needs("vlm.prefix", "vlm.digest", encoder=ENCODER),
        model=folder_of,
        weights=weights_of,
        benchmark=MMVP_VLM,
        published=folder_stamp(MMVP_VLM),
        devices=ASSETS / ".devices",
    shell:
        "clipblind vlm official --name {wildcards.encoder} --cfg {params.cfg:q}"
        " --benchmark {params.benchmark:q} --folder {params.model:q}"
        " --devices {params.devices:q} --threads {threads} --pairs {output.pairs}"
        " --scores {output.scores} 2>&1 | tee {log}"


rule gather_vlm:
    input:
        tables=expand(rules.official_vlm.output.scores, encoder=study.text_towers),
    output:
        "vlm/scores.csv",
    log:
        "logs/gather-vlm.log",
    params:
        code=code("tables.gather"),
        tables=flags("table", "tables"),
    shell:
        "clipblind tables gather vlm_scores {params.tables} --out {output} 2> {log}"


rule against_paper:
    input:
        rules.gather_vlm.output,
    output:
        "vlm/against_paper.csv",
    log:
        "logs/against_paper.log",
    params:
        code=code("vlm.against_paper"),
        cfg=needs(rows={name: f"encoder.{name}.row" for name in study.text_towers}),
    shell:
        "clipblind vlm against-paper --cfg {params.cfg:q} --scores {input} --out {output} 2> {log}"


MADE_OF_VLM = [
    *expand(rules.official_vlm.output.pairs, encoder=study.text_towers),
    *rules.gather_vlm.output,
    *rules.against_paper.output,
]
IMAGENET = []

if study.vlm.imagenet:

    VALIDATION = ROOT / study.vlm.imagenet

    rule list_validation:
        output:
            "vlm/imagenet/0.parquet",
        log:
            "logs/list_validation.log",
        params:
            code=code("corpus.list_images"),
            cfg=needs(sources="validation_source", parts="validation_parts"),
            found=tree_stamp(VALIDATION, LABELS),
            root=ROOT,
            folder="vlm/imagenet",
        shell:
            "clipblind corpus list --cfg {params.cfg:q} --root {params.root:q}"
            " --out {params.folder} 2>&1 | tee {log}"

    rule check_validation:
        input:
            rules.list_validation.output,
        output:
            checked="vlm/imagenet/checked.parquet",
            rejected="vlm/imagenet/rejected.parquet",
        log:
            "logs/check_validation.log",
        threads: workflow.cores
        params:
            code=code("corpus.check"),
        shell:
            "clipblind corpus check --listed {input} --part 0 --threads {threads}"
            " --out {output.checked} --rejected {output.rejected} 2>&1 | tee {log}"

    rule imagenet:
        input:
            listed=rules.list_validation.output,
            checked=rules.check_validation.output.checked,
        output:
            "vlm/{encoder}/imagenet.csv",
        log:
            "logs/imagenet-{encoder}.log",
        benchmark:
            "times/imagenet-{encoder}.tsv"
        threads: MODEL_THREADS
        resources:
            workers=study.embedding.workers,
        params:
            code=code("vlm.imagenet"),
            cfg=needs("vlm.templates", encoder=ENCODER, embedding=EMBEDDING),
            model=folder_of,
            weights=weights_of,
            devices=ASSETS / ".devices",
        shell:
            "clipblind vlm imagenet --name {wildcards.encoder} --cfg {params.cfg:q}"
            " --listed {input.listed} --checked {input.checked} --folder {params.model:q}"
            " --devices {params.devices:q} --threads {threads} --workers {resources.workers}"
            " --weights {params.weights:q} --out {output} 2>&1 | tee {log}"

    IMAGENET = expand(rules.imagenet.output, encoder=study.text_towers)
    MADE_OF_VLM += IMAGENET
