# Who answers: names for figures and the page, and how each contender was made.


rule describe_contenders:
    output:
        labels="scores/labels.json",
        made="scores/made.csv",
    log:
        "logs/describe.log",
    params:
        code=code("contender.describe"),
        cfg=needs(
            "contender",
            encoder={name: f"encoder.{name}" for name in study.trained},
            **({n: f"mining.{n}" for n in ("probe", "reference")} if study.mining else {}),
        ),
    shell:
        "clipblind contender describe --cfg {params.cfg:q} --out {output.labels}"
        " --made {output.made} 2> {log}"


MADE += [*rules.describe_contenders.output]
