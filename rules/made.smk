# Who answers: names for figures, and how each contender was made.


rule labels:
    output:
        labels="scores/labels.json",
        made="scores/made.csv",
    log:
        "logs/labels.log",
    params:
        code=code("grading.labels"),
        cfg=needs("contender", "encoder", "mining.probe", "mining.reference"),
    shell:
        "clipblind grading labels --cfg {params.cfg:q} --out {output.labels}"
        " --made {output.made} 2> {log}"
