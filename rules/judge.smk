# A judge reads what the parser can't; parser, judge and people are set beside each other.

if study.judge:

    rule judge:
        input:
            questions=rules.write_questions.output.questions,
            replies=rules.ask.output,
        output:
            "choices/judged/{contender}.parquet",
        log:
            "logs/judge-{contender}.log",
        threads: threads_of(study.judge.by)
        params:
            code=code("answers.judge", *backend_modules(study.judge.by)),
            cfg=needs("judge"),
            ledger=fixed(LEDGER),
            files=fixed(files_flags_of("judge", study.judge.by)),
            stamp=files_stamp("judge", study.judge.by),
        shell:
            "clipblind answers judge --cfg {params.cfg:q} --questions {input.questions}"
            " --replies {input.replies} --ledger {params.ledger:q} {params.files:q}"
            " --out {output} 2>&1 | tee {log}"

    MADE += expand(rules.judge.output, contender=study.contender)


rule calibrate:
    input:
        questions=rules.write_questions.output.questions,
        replies=expand(rules.ask.output, contender=study.contender),
        judged=expand(rules.judge.output, contender=study.contender) if study.judge else [],
    output:
        "scores/calibration.csv",
    log:
        "logs/calibrate.log",
    params:
        code=code("answers.calibrate"),
        replies=flags("replies", "replies"),
        judged=flags("judged", "judged"),
        people=fixed([f"--people={here(study.people)}"] if study.people else []),
        stamp=file_stamp(ROOT / study.people) if study.people else "",
    shell:
        "clipblind answers calibrate --questions {input.questions} {params.replies}"
        " {params.judged} {params.people:q} --out {output} 2> {log}"


MADE += [*rules.calibrate.output]
