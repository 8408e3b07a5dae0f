# Who answers, and what is said. Answers stay in the ledger, whatever happens to the results. Keys of
# servers come from the environment alone.

LEDGER = here(study.ledger)


def files_of(name, settings):
    """Where somebody who answers has files: a trained or a fetched model's, or recorded answers."""
    if settings.files == "trained":
        return f"contenders/{name}"
    if settings.files == "recorded":
        return here(settings.answers)
    if settings.files == "fetched":
        return here(model_folder(ROOT, study.assets, name, settings))
    return None


def files_flags_of(name, settings):
    """For `params`: that place, the towers that feed it, and where a model takes its GPU."""
    files = files_of(name, settings)
    towers = [f"--towers={t}=encoders/{t}" for t in getattr(settings, "towers", ())]
    loads = settings.files == "fetched"
    return [
        *([f"--folder={files}"] if files else []),
        *towers,
        *([f"--devices={DEVICES}"] if loads else []),
    ]


def files_stamp(name, settings):
    """Which files these are: other ones are asked anew. What is trained here is an input."""
    if settings.files == "recorded":
        return file_stamp(ROOT / settings.answers)
    if settings.files == "fetched":
        return folder_stamp(model_folder(ROOT, study.assets, name, settings))
    return ""


def threads_of(settings):
    """Cores of a job that asks: whoever loads no large model needs one."""
    return MODEL_THREADS if settings.files == "fetched" else 1


def trained_files(wildcards):
    """What a small LLaVA and its towers consist of; nothing of others."""
    if wildcards.contender not in TRAINED_CONTENDERS:
        return []
    made = expand(rules.train_contender.output, contender=wildcards.contender)
    towers = encoder_files(*study.contender[wildcards.contender].towers)
    return [file for file in made if not file.endswith("curve.csv")] + towers


def ask_slice(wildcards):
    """A contender without what only names it, the prompt it is asked by, what feeds it."""
    settings = study.contender[wildcards.contender]
    towers = {tower: f"encoder.{tower}" for tower in getattr(settings, "towers", ())}
    own = {
        key: f"contender.{{contender}}.{key}"
        for key in type(settings).model_fields
        if key not in ("label", "row")
    }
    return needs("seed", contender=own, prompt=f"prompt.{settings.prompt}", towers=towers)(
        wildcards
    )


def ask_code(wildcards):
    """What asks: the verb, and the one back-end that answers, with its towers' loaders."""
    settings = study.contender[wildcards.contender]
    towers = loaders(*getattr(settings, "towers", ()))
    return code("answers.ask", *backend_modules(settings), *towers)


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
        ledger=LEDGER,
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
