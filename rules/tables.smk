# What tests and intervals are computed from, as CSV: git keeps it, and anybody can recompute.

ASKED_AND_ANSWERED = bool(study.asked and study.contender)
EXPORTED = {
    "pairs": [rules.select.output.pairs] if study.mining else [],
    "questions": [rules.write_questions.output.questions] if study.asked else [],
    "verdicts": VERDICTS if ASKED_AND_ANSWERED else [],
    "matches": MATCHES if study.matched else [],
    "named": NAMED if study.matched else [],
}


rule export_tables:
    input:
        **EXPORTED,
    output:
        [f"tables/{name}.csv" for name, files in EXPORTED.items() if files],
    log:
        "logs/export_tables.log",
    params:
        code=code("tables.export"),
        files=[f"--{name}={file}" for name, files in EXPORTED.items() for file in files],
        folder=lambda wildcards, output: str(Path(output[0]).parent),
    shell:
        "clipblind tables export {params.files} --out {params.folder} 2> {log}"


MADE += [*rules.export_tables.output]
