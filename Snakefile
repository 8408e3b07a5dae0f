# The study as a table of contents: compose it, include the chapters that it has.
#   snakemake --cores 2
#   snakemake --cores 2 --config study=smoke
#   snakemake --cores 2 --config study=world seed=3
#   snakemake --cores 2 --config overrides="mining.probe_above=0.9"
#   snakemake --cores 16 --config study=paper


include: "rules/study.smk"
include: "rules/slices.smk"


workdir: str(FOLDER)


if study.seeds:

    include: "rules/describe.smk"
    include: "rules/seeds.smk"

else:
    if study.pool:

        include: "rules/pool.smk"

    if study.world:

        include: "rules/train.smk"

    if study.encoder:

        include: "rules/embed.smk"

    if study.mining:

        include: "rules/pairs.smk"

    if study.asked:

        include: "rules/benchmark.smk"

    if study.asked and study.contender:

        include: "rules/answers.smk"

        if study.judge or study.people:

            include: "rules/judge.smk"

        if study.assigns_patterns:

            include: "rules/patterns.smk"
        include: "rules/scores.smk"
        include: "rules/describe.smk"

    if study.matched:

        include: "rules/matching.smk"
    include: "rules/controls.smk"
    include: "rules/tables.smk"
    include: "rules/printed.smk"


include: "rules/report.smk"


# Everything is named, not only the report: in a fresh clone the small results are there already,
# and a study is whole only with all that they came from. So is what was lost made again.
rule all:
    default_target: True
    input:
        MADE,
        KEPT,
