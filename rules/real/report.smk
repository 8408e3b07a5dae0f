# Figures, each from its own tables, and the page.

FIGURE_INPUTS = {}

if study.pool:
    FIGURE_INPUTS |= {
        "density": {
            "probe": PROBED,
            "reference": REFERRED,
            "summary": [rules.mine.output.summary],
        },
        "blind_pairs": {
            "pairs": [rules.select.output.pairs],
            "shards": [*rules.thumbnails.output],
        },
    }

if study.vlm:
    SCORED = {
        "scores": [*rules.gather_vlm.output],
        "against": [*rules.against_paper.output],
        "imagenet": IMAGENET,
    }
    FIGURE_INPUTS |= {
        name: SCORED
        for name in ("table1", "scaling_size", "scaling_pixels", "scaling_data", "against_paper")
    }

if study.benchmark and study.contender:
    FIGURE_INPUTS["mllm"] = {
        "scores": [rules.score.output.benchmarks],
        "against": [*rules.against_figure4.output],
    }
    if PATTERNS_KNOWN:
        FIGURE_INPUTS["mllm_patterns"] = {"patterns": [rules.score.output.patterns]}
        if study.vlm:
            FIGURE_INPUTS["mllm_patterns"] |= {
                "vlm": [*rules.gather_vlm.output],
                "correlation": [*rules.correlate_answers.output],
            }


def figure_slice(wildcards):
    """How a figure looks, and what those over encoders or contenders say of each."""
    if wildcards.figure in ("mllm", "mllm_patterns"):
        facts = {
            name: {key: f"contender.{name}.{key}" for key in ("label", "row")}
            for name in study.contender
        }
        return needs(figure="figure.{figure}", contenders=facts)(wildcards)
    facts = {
        name: {key: f"encoder.{name}.{key}" for key in ("label", "row", "data", "samples_m")}
        for name in study.text_towers
    }
    encoders = {} if wildcards.figure in ("density", "blind_pairs") else facts
    return needs(figure="figure.{figure}", encoders=encoders)(wildcards)


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
            caption="../../docs/captions/figure.rst",
        ),
        "figures/{figure}.svg",
    log:
        "logs/figure-{figure}.log",
    params:
        code=lambda wildcards: code("report.figure", f"figures.{wildcards.figure}"),
        cfg=figure_slice,
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
        MADE_OF_POOL if study.pool else [],
        MADE_OF_VLM if study.vlm else [],
        MADE_OF_BENCHMARK if study.benchmark else [],
    output:
        report("report.html", category="The story", caption="../../docs/captions/report.rst"),
    log:
        "logs/page.log",
    params:
        code=code("report.real"),
        cfg=needs(study=""),
        root=ROOT,
    shell:
        "clipblind report real --cfg {params.cfg:q} --root {params.root:q} --out {output} 2> {log}"
