# Figures, each from its own tables, and the page that tells the story.

LABELS = [rules.labels.output.labels]
MADE = [rules.labels.output.made]
FIGURE_INPUTS = {
    "density": {
        "probe": PROBED,
        "reference": REFERRED,
        "summary": [rules.mine.output.summary],
    },
    "blind_pairs": {
        "pairs": [rules.select.output.pairs],
        "shards": expand(rules.render.output, shard=SEARCHED_SHARDS),
    },
    "differ": {
        "rates": rules.gather_rates.output,
        "survey": rules.gather_survey.output,
        "variants": rules.list_variants.output,
    },
    "probes": {"probes": rules.gather_probes.output, "scores": rules.gather_factors.output},
    "contenders": {"scores": [rules.score.output.contenders], "labels": LABELS},
    "controls": {"scores": [rules.score.output.benchmarks], "labels": LABELS},
    "shuffled": {"shuffled": rules.shuffle.output, "labels": LABELS},
    "patterns": {"scores": [rules.score.output.patterns], "labels": LABELS},
    "scaling": {
        "scores": rules.gather_vlm.output,
        "variants": rules.list_variants.output,
        "paired": rules.compare_encoders.output,
    },
    "scale": {"scores": rules.gather_vlm.output, "variants": rules.list_variants.output},
    "mention": {
        "scores": rules.gather_factors.output,
        "variants": rules.list_variants.output,
        "paired": rules.compare_encoders.output,
    },
    "correlation": {
        "vlm": rules.gather_vlm.output,
        "patterns": [rules.score.output.patterns],
        "correlation": rules.correlate.output,
        "labels": LABELS,
    },
    "mixtures": {
        "scores": [rules.score.output.benchmarks],
        "named": [rules.score.output.named],
        "made": MADE,
    },
    "training": {
        "curves": expand("encoders/{encoder}/curve.csv", encoder=TRAINED_ENCODERS)
        + expand("contenders/{contender}/curve.csv", contender=TRAINED_CONTENDERS),
    },
}


rule figure:
    input:
        tables=lambda wildcards: [
            f for files in FIGURE_INPUTS[wildcards.figure].values() for f in files
        ],
    output:
        report(
            "figures/{figure}.png",
            category="Figures",
            labels={"figure": "{figure}"},
            caption="../docs/captions/figure.rst",
        ),
        "figures/{figure}.svg",
    log:
        "logs/figure-{figure}.log",
    params:
        code=lambda wildcards: code("report.figure", f"figures.{wildcards.figure}"),
        cfg=needs(figure="figure.{figure}"),
        inputs=lambda wildcards: [
            f"--input={key}={file}"
            for key, files in FIGURE_INPUTS[wildcards.figure].items()
            for file in files
        ],
        stem="figures/{figure}",
    shell:
        "clipblind report figure {wildcards.figure} --cfg {params.cfg:q} {params.inputs}"
        " --out {params.stem} 2> {log}"


rule page:
    input:
        expand("figures/{figure}.svg", figure=FIGURE_INPUTS),
        expand(rules.answer.output, contender=study.contender),
        expand(rules.grade.output, contender=study.contender),
        rules.select.output,
        rules.write_questions.output,
        rules.score.output,
        rules.correlate.output,
        rules.gather_vlm.output,
        rules.gather_factors.output,
        rules.labels.output,
        rules.list_variants.output,
        rules.compare_encoders.output,
        rules.compare_contenders.output,
        rules.gather_survey.output,
        rules.gather_rates.output,
        rules.gather_probes.output,
        rules.check_baselines.output,
        rules.shuffle.output,
        scenes(),
        rules.mine.output.summary,
    output:
        report("report.html", category="The story", caption="../docs/captions/report.rst"),
    log:
        "logs/page.log",
    params:
        code=code("report.page"),
        cfg=needs(study=""),
    shell:
        "clipblind report page --cfg {params.cfg:q} --out {output} 2> {log}"
