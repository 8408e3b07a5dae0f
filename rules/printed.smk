# What the paper printed, beside what was measured on the benchmarks that it printed.

if "mmvp" in study.asked and study.contender:

    rule against_figure4:
        input:
            rules.score.output.benchmarks,
        output:
            "scores/against_figure4.csv",
        log:
            "logs/against_figure4.log",
        params:
            code=code("scores.against_figure4"),
            cfg=needs(rows=of_contenders("row")),
        shell:
            "clipblind scores against-figure4 --cfg {params.cfg:q} --scores {input} --out {output}"
            " 2> {log}"

    MADE += [*rules.against_figure4.output]


if "mmvp_vlm" in study.matched:

    rule against_table1:
        input:
            rules.gather_matching.output,
        output:
            "matching/against_table1.csv",
        log:
            "logs/against_table1.log",
        params:
            code=code("matching.against_table1"),
            cfg=needs(rows={name: f"encoder.{name}.row" for name in MATCHING}),
        shell:
            "clipblind matching against-table1 --cfg {params.cfg:q} --scores {input}"
            " --out {output} 2> {log}"

    MADE += [*rules.against_table1.output]
