# Controls: what could make a finding look true that isn't, and whether it does.

if study.mining:
    # whose similar pairs are counted: the probe, and whoever embeds texts and the pool
    PROBING = {study.mining.probe, *study.text_towers}
    SURVEYED = [name for name in EMBEDDING if name in PROBING]

    rule survey:
        input:
            scenes=scenes("search"),
            probe=lambda wildcards: embedded(wildcards.encoder),
            reference=REFERRED,
        output:
            counts="surveys/{encoder}/survey.csv",
            rates="surveys/{encoder}/rates.csv",
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

    rule gather_survey:
        input:
            tables=expand(rules.survey.output.counts, encoder=SURVEYED),
        output:
            "controls/survey.csv",
        log:
            "logs/gather-survey.log",
        params:
            code=code("tables.gather"),
            tables=flags("table", "tables"),
        shell:
            "clipblind tables gather survey {params.tables} --out {output} 2> {log}"

    MADE += [*rules.gather_survey.output]
    KEPT += expand(rules.survey.output, encoder=SURVEYED)


if study.world:

    rule gather_rates:
        input:
            tables=expand(rules.survey.output.rates, encoder=SURVEYED),
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
            tables=expand("encoded/{encoder}/probes.csv", encoder=study.encoder),
        output:
            "controls/probes.csv",
        log:
            "logs/gather-probes.log",
        params:
            code=code("tables.gather"),
            tables=flags("table", "tables"),
        shell:
            "clipblind tables gather probes {params.tables} --out {output} 2> {log}"

    MADE += [*rules.gather_rates.output, *rules.gather_probes.output]


if study.asked and study.contender:

    rule check_baselines:
        input:
            scores=rules.score.output.benchmarks,
            benchmarks=rules.write_questions.output.benchmarks,
        output:
            "controls/baselines.csv",
        log:
            "logs/baselines.log",
        params:
            code=code("controls.baselines"),
            cfg=needs(kinds=of_contenders("kind")),
        shell:
            "clipblind controls baselines --cfg {params.cfg:q} --scores {input.scores}"
            " --benchmarks {input.benchmarks} --out {output} 2> {log}"

    rule shuffle:
        input:
            questions=rules.write_questions.output.questions,
            verdicts=VERDICTS,
        output:
            "controls/shuffled.csv",
        log:
            "logs/shuffle.log",
        params:
            code=code("controls.shuffle"),
            cfg=needs("seed", kinds=of_contenders("kind"), images=of_contenders("image")),
            verdicts=flags("verdicts", "verdicts"),
        shell:
            "clipblind controls shuffle --cfg {params.cfg:q} --questions {input.questions}"
            " {params.verdicts} --out {output} 2> {log}"

    MADE += [*rules.check_baselines.output, *rules.shuffle.output]
