# Controls: what could make a finding look true that isn't, and whether it does.

KINDS = of_contenders("kind")
REFERENCE_SEARCHED = expand(
    "embeddings/{encoder}/{shard}.arrow",
    encoder=study.mining.reference,
    shard=SEARCHED_SHARDS,
)


rule survey:
    input:
        scenes=scenes("search"),
        probe=expand("embeddings/{{encoder}}/{shard}.arrow", shard=SEARCHED_SHARDS),
        reference=REFERENCE_SEARCHED,
    output:
        counts="controls/{encoder}/survey.csv",
        rates="controls/{encoder}/rates.csv",
    log:
        "logs/survey-{encoder}.log",
    params:
        scenes=flags("scenes", "scenes"),
        code=code("controls.survey"),
        cfg=needs("seed", mining=THRESHOLDS),
        probe=flags("probe", "probe"),
        reference=flags("reference", "reference"),
    shell:
        "clipblind controls survey --name {wildcards.encoder} --cfg {params.cfg:q}"
        " {params.scenes} {params.probe} {params.reference}"
        " --counts {output.counts} --rates {output.rates} 2> {log}"


rule probe:
    input:
        scenes=scenes("search", "heldout"),
        fit=expand("embeddings/{{encoder}}/{shard}.arrow", shard=SEARCHED_SHARDS),
        test=expand(
            "embeddings/{{encoder}}/{shard}.arrow",
            shard=shard_names(study.pool, "heldout"),
        ),
    output:
        "controls/{encoder}/probes.csv",
    log:
        "logs/probe-{encoder}.log",
    params:
        scenes=flags("scenes", "scenes"),
        code=code("controls.probe"),
        fit=flags("fit", "fit"),
        test=flags("test", "test"),
    shell:
        "clipblind controls probe --name {wildcards.encoder} {params.scenes}"
        " {params.fit} {params.test} --out {output} 2> {log}"


rule gather_survey:
    input:
        tables=expand(rules.survey.output.counts, encoder=study.text_towers),
    output:
        "controls/survey.csv",
    log:
        "logs/gather-survey.log",
    params:
        code=code("tables.gather"),
        tables=flags("table", "tables"),
    shell:
        "clipblind tables gather survey {params.tables} --out {output} 2> {log}"


rule gather_rates:
    input:
        tables=expand(rules.survey.output.rates, encoder=study.text_towers),
    output:
        "controls/rates.csv",
    log:
        "logs/gather-rates.log",
    params:
        code=code("tables.gather"),
        tables=flags("table", "tables"),
    shell:
        "clipblind tables gather differ_rates {params.tables} --out {output} 2> {log}"


rule gather_probes:
    input:
        tables=expand(rules.probe.output, encoder=study.encoder),
    output:
        "controls/probes.csv",
    log:
        "logs/gather-probes.log",
    params:
        code=code("tables.gather"),
        tables=flags("table", "tables"),
    shell:
        "clipblind tables gather probes {params.tables} --out {output} 2> {log}"


rule check_baselines:
    input:
        scores=rules.score.output.benchmarks,
    output:
        "controls/baselines.csv",
    log:
        "logs/baselines.log",
    params:
        code=code("controls.baselines"),
        cfg=needs(kinds=KINDS),
    shell:
        "clipblind controls baselines --cfg {params.cfg:q} --scores {input.scores}"
        " --out {output} 2> {log}"


rule shuffle:
    input:
        questions=rules.write_questions.output,
        verdicts=expand(rules.grade.output, contender=study.contender),
    output:
        "controls/shuffled.csv",
    log:
        "logs/shuffle.log",
    params:
        code=code("controls.shuffle"),
        cfg=needs("seed", kinds=KINDS),
        verdicts=flags("verdicts", "verdicts"),
    shell:
        "clipblind controls shuffle --cfg {params.cfg:q} --questions {input.questions}"
        " {params.verdicts} --out {output} 2> {log}"
