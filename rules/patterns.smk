# Visual patterns of questions whose benchmark doesn't say them: from a person's file, or by votes.

PERSON = [f"--file={here(study.patterns.file)}"] if study.patterns.file else []
VOTERS = files_flags_of("patterns", study.patterns.by) if study.patterns.by else []


rule assign_patterns:
    input:
        questions=rules.write_questions.output.questions,
    output:
        "benchmark/patterns.csv",
    log:
        "logs/assign_patterns.log",
    threads: threads_of(study.patterns.by) if study.patterns.by else 1
    params:
        code=code(
            "patterns.assign",
            *backend_modules(*([study.patterns.by] if study.patterns.by else [])),
        ),
        cfg=needs("patterns"),
        ledger=fixed(LEDGER),
        files=fixed([*PERSON, *VOTERS]),
        stamp=[
            file_stamp(ROOT / study.patterns.file) if PERSON else "",
            files_stamp("patterns", study.patterns.by) if study.patterns.by else "",
        ],
    shell:
        "clipblind patterns assign --cfg {params.cfg:q} --questions {input.questions}"
        " --ledger {params.ledger:q} {params.files:q} --out {output} 2>&1 | tee {log}"


MADE += [*rules.assign_patterns.output]
