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
    threads: CORES
    params:
        cfg=needs(study=""),
        code=code_of_package(ROOT / "Snakefile", *(ROOT / "rules").glob("*.smk")),
        study=fixed(study.name),
        overrides=fixed(f"overrides={asked['overrides']}"),
    shell:
        "(cd ../.. && snakemake --cores {threads} --config study={params.study}"
        " seed={wildcards.seed} {params.overrides:q}) 2>&1 | tee {log}"
        " && (cd seed_{wildcards.seed} && find . '(' -path './scores/*' -o"
        " -path './matching/*' -o -path './controls/*' ')' -name '*.csv' | sort"
        " | xargs sha256sum) > {output}"


rule gather_seeds:
    input:
        expand(rules.one_seed.output, seed=study.seeds),
    output:
        numbers="seeds/numbers.csv",
        spread="seeds/spread.csv",
    log:
        "logs/gather-seeds.log",
    params:
        code=code("controls.seeds"),
        folders=[f"--folder={folder}" for folder in SEED_FOLDERS],
    shell:
        "clipblind controls seeds {params.folders} --numbers {output.numbers}"
        " --out {output.spread} 2> {log}"


MADE += [*rules.gather_seeds.output]
KEPT += expand(rules.one_seed.output, seed=study.seeds)
