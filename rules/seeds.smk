# A study over seeds: each is a whole run of its own, in a folder of its own; then all side by side.

from clipblind.study.provenance import code_of_package

SEED_FOLDERS = [f"seed_{seed}" for seed in study.seeds]


# The inner run decides what is to be done, so any change of code or settings asks it. What it made
# is listed by content: the tables are gathered anew only if one of them changed.
rule one_seed:
    output:
        "seed_{seed}/tables.sha256",
    log:
        "logs/seed-{seed}.log",
    wildcard_constraints:
        seed=r"\d+",
    threads: workflow.cores
    params:
        cfg=needs(study=""),
        code=code_of_package(ROOT / "Snakefile", *(ROOT / "rules").glob("*.smk")),
        study=study.name,
        overrides=f"overrides={asked['overrides']}",
    shell:
        "(cd ../.. && snakemake --cores {threads} --config study={params.study}"
        " seed={wildcards.seed} {params.overrides:q}) 2>&1 | tee {log}"
        " && (cd seed_{wildcards.seed} && sha256sum scores/*.csv vlm/*.csv controls/*.csv)"
        " > {output}"


rule gather_seeds:
    input:
        expand(rules.one_seed.output, seed=study.seeds),
    output:
        numbers="seeds/numbers.csv",
        spread="seeds/spread.csv",
    log:
        "logs/gather-seeds.log",
    params:
        code=code("seeds.gather"),
        folders=[f"--folder={folder}" for folder in SEED_FOLDERS],
    shell:
        "clipblind seeds gather {params.folders} --numbers {output.numbers}"
        " --out {output.spread} 2> {log}"


rule seeds_figure:
    input:
        numbers=rules.gather_seeds.output.numbers,
        spread=rules.gather_seeds.output.spread,
        made=rules.labels.output.made,
    output:
        report("figures/seeds.png", category="Figures", labels={"figure": "seeds"}),
        "figures/seeds.svg",
    log:
        "logs/figure-seeds.log",
    params:
        code=code("report.figure", "figures.seeds"),
        cfg=needs(figure="figure.seeds"),
    shell:
        "clipblind report figure seeds --cfg {params.cfg:q} --input=numbers={input.numbers}"
        " --input=spread={input.spread} --input=made={input.made} --out figures/seeds 2> {log}"


rule seeds_page:
    input:
        rules.gather_seeds.output,
        rules.seeds_figure.output,
    output:
        report("report.html", category="The story", caption="../docs/captions/report.rst"),
    log:
        "logs/page.log",
    params:
        code=code("report.seeds"),
        cfg=needs(study=""),
    shell:
        "clipblind report seeds --cfg {params.cfg:q} --out {output} 2> {log}"
