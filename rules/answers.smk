# Who answers, and what is said. Answers stay in the ledger, whatever happens to the results. Keys of
# servers come from the environment alone.

LEDGER = here(study.ledger)


rule ask:
    input:
        questions=rules.write_questions.output.questions,
        images=rules.write_questions.output.images,
        shards=PICTURED if FROM_TRUTH else [],
        model=trained_files,
    output:
        "answers/{contender}.parquet",
    log:
        "logs/ask-{contender}.log",
    benchmark:
        "times/ask-{contender}.tsv"
    threads: lambda wildcards: threads_of(study.contender[wildcards.contender])
    params:
        code=ask_code,
        cfg=ask_slice,
        published=PUBLISHED,
        ledger=fixed(LEDGER),
        files=lambda w: files_flags_of(w.contender, study.contender[w.contender]),
        stamp=lambda w: files_stamp(w.contender, study.contender[w.contender]),
    shell:
        "clipblind answers ask --name {wildcards.contender} --cfg {params.cfg:q}"
        " --questions {input.questions} --images {input.images} --ledger {params.ledger:q}"
        " {params.files:q} --out {output} 2>&1 | tee {log}"


rule add_up_costs:
    input:
        replies=expand(rules.ask.output, contender=study.contender),
    output:
        "scores/costs.csv",
    log:
        "logs/add_up_costs.log",
    params:
        code=code("answers.costs"),
        replies=flags("replies", "replies"),
    shell:
        "clipblind answers costs {params.replies} --out {output} 2> {log}"


MADE += [
    *expand(rules.ask.output, contender=study.contender),
    *rules.add_up_costs.output,
]
