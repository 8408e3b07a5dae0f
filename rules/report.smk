# Figures, each from its own tables, and the page that tells the story.
from clipblind.study.provenance import code_of_package
from clipblind.figures.inputs import captions, figure_inputs

FIGURES = {name: of for name, of in figure_inputs(study).items() if name in study.figure}
# for the captions of `snakemake --report`
config["captions"] = captions()


rule figure:
    input:
        tables=lambda wildcards: [f for files in FIGURES[wildcards.figure].values() for f in files],
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
            for key, files in FIGURES[wildcards.figure].items()
            for file in files
        ],
        stem="figures/{figure}",
    shell:
        "clipblind report figure {wildcards.figure} --cfg {params.cfg:q} {params.inputs}"
        " --out {params.stem} 2> {log}"


rule page:
    input:
        MADE,
        expand("figures/{figure}.svg", figure=FIGURES),
        [] if study.seeds else scenes("search", "twins"),
    output:
        report("report.html", category="The story", caption="../docs/captions/report.rst"),
    log:
        "logs/page.log",
    params:
        code=code("report.page"),
        cfg=needs(study=""),
        root=here("."),
    shell:
        "clipblind report page --cfg {params.cfg:q} --root {params.root:q} --out {output} 2> {log}"


# Which code made all of it, so that `clipblind results` can say when that was another.
rule note_code:
    input:
        MADE,
        expand("figures/{figure}.svg", figure=FIGURES),
        rules.page.output,
    output:
        "code.json",
    log:
        "logs/code.log",
    params:
        # any change of code asks anew, so that the revision is the present one
        code=code_of_package(),
        root=here("."),
    shell:
        "clipblind results --write {output} --root {params.root:q} 2> {log}"


MADE += [
    *expand("figures/{figure}.{suffix}", figure=FIGURES, suffix=("png", "svg")),
    *rules.note_code.output,
    *rules.page.output,
]
