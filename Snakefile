# The study as a table of contents: compose it, include its chapters, name all that it makes.
#   snakemake --cores 2
#   snakemake --cores 2 --config study=smoke
#   snakemake --cores 2 --config study=world seed=3
#   snakemake --cores 2 --config overrides="mining.probe_above=0.9"
#   snakemake --cores 16 --config study=paper


include: "rules/study.smk"


workdir: str(FOLDER)


if not isinstance(study, Study):

    include: "rules/real/study.smk"

    if study.pool:

        include: "rules/real/pool.smk"
        include: "rules/real/embed.smk"
        include: "rules/pairs.smk"
        include: "rules/real/pairs.smk"

    if study.vlm:

        include: "rules/real/vlm.smk"

    if study.benchmark:

        include: "rules/real/benchmark.smk"

        if study.contender:

            include: "rules/real/answers.smk"
    include: "rules/real/report.smk"

    rule all:
        default_target: True
        input:
            MADE_OF_POOL if study.pool else [],
            MADE_OF_VLM if study.vlm else [],
            MADE_OF_BENCHMARK if study.benchmark else [],
            expand("figures/{figure}.{suffix}", figure=FIGURE_INPUTS, suffix=("png", "svg")),
            rules.page.output,

elif study.seeds:

    include: "rules/world.smk"
    include: "rules/made.smk"
    include: "rules/seeds.smk"

    rule all:
        default_target: True
        input:
            rules.gather_seeds.output,
            rules.seeds_figure.output,
            rules.seeds_page.output,

else:

    include: "rules/world.smk"
    include: "rules/made.smk"
    include: "rules/pool.smk"
    include: "rules/encoders.smk"
    include: "rules/embed.smk"
    include: "rules/pairs.smk"
    include: "rules/benchmark.smk"
    include: "rules/contenders.smk"
    include: "rules/grading.smk"
    include: "rules/vlm.smk"
    include: "rules/controls.smk"
    include: "rules/report.smk"

    # Everything is named, not only the report: in a fresh clone the small results are there already,
    # and a study is whole only with all that they came from.
    rule all:
        default_target: True
        input:
            rules.index.output,
            expand("encoders/{encoder}/curve.csv", encoder=TRAINED_ENCODERS),
            expand(
                "embeddings/{encoder}/{shard}.arrow",
                encoder=study.encoder,
                shard=EMBEDDED_SHARDS,
            ),
            rules.mine.output,
            rules.select.output,
            rules.write_questions.output,
            rules.export_mmvp.output,
            expand("contenders/{contender}/curve.csv", contender=TRAINED_CONTENDERS),
            expand("answers/{contender}.parquet", contender=study.contender),
            expand("verdicts/{contender}.parquet", contender=study.contender),
            rules.score.output,
            rules.correlate.output,
            rules.gather_vlm.output,
            rules.gather_factors.output,
            rules.list_variants.output,
            rules.compare_encoders.output,
            rules.compare_contenders.output,
            rules.gather_survey.output,
            rules.gather_rates.output,
            rules.gather_probes.output,
            rules.check_baselines.output,
            rules.shuffle.output,
            expand("figures/{figure}.{suffix}", figure=FIGURE_INPUTS, suffix=("png", "svg")),
            rules.page.output,
