# What jobs may read of the study, and where their models lie.


def deciding(encoder):
    """All of an encoder that decides what it makes of images and texts."""
    return {key: f"encoder.{encoder}.{key}" for key in DECIDING}


def entry(benchmark):
    """All of a benchmark that decides its questions or its texts."""
    keys = type(study.benchmark[benchmark]).model_fields
    return {key: f"benchmark.{benchmark}.{key}" for key in keys if key not in UNREAD}


def scenes_slice(wildcards):
    """The settings that decide the scenes of one split."""
    sizes = {name: f"{WORLD}.{name}" for name in SETTINGS_OF_SPLIT[wildcards.split]}
    return needs("seed", sizes=sizes)(wildcards)


def found_in(source):
    """What a source's files are: files that came or went list the pool anew."""
    return "" if source.kind == "world" else tree_stamp(ROOT / source.path, LABELS)


def sources_slice():
    """All of a source in files decides its listing; of a rendered one its shards do."""
    kinds = {name: f"pool.sources.{name}" for name in study.pool.sources}
    return needs("pool.parts", sources={} if study.world else kinds)


def contender_slice(wildcards):
    """A contender without what only names or asks it, with the encoders that feed it."""
    settings = study.contender[wildcards.contender]
    unread = ("label", "row", "prompt", "orders", "batch")
    own = {key: f"contender.{{contender}}.{key}" for key in type(settings).model_fields}
    towers = {tower: deciding(tower) for tower in settings.towers}
    read = {key: path for key, path in own.items() if key not in unread}
    return needs("seed", contender=read, towers=towers)(wildcards)


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
    if wildcards.contender not in study.taught:
        return []
    made = expand(rules.train_contender.output, contender=wildcards.contender)
    towers = encoder_files(*study.contender[wildcards.contender].towers)
    return [file for file in made if not file.endswith("curve.csv")] + towers


def ask_slice(wildcards):
    """A contender without what only names it, the prompt it is asked by, what feeds it."""
    settings = study.contender[wildcards.contender]
    towers = {tower: deciding(tower) for tower in getattr(settings, "towers", ())}
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


def variants_slice():
    """How each encoder with a text tower was made, and what its zero-shot accuracy is taken over."""
    facts = ("train", "label", "row", "data", "samples_m")
    encoders = {name: {key: f"encoder.{name}.{key}" for key in facts} for name in MATCHING}
    return needs(
        "seed",
        "often_named",
        encoders=encoders,
        **PROBE,
        **({"encoder_images": f"{WORLD}.encoder_images"} if study.world else {}),
    )


def jobs_of_encoders():
    """The jobs of one encoder, by name: who has such a job, which parts it embeds, if it matches.

    A pool in one part is embedded by the job that matches, so that a model is loaded once; the
    parts of a large one are jobs of their own.
    """
    both = [name for name in EMBEDDING if name in MATCHING]
    if len(PARTS) > 1:
        jobs = {f"part_{part}": (EMBEDDING, [part], False) for part in PARTS}
        return jobs | {"match": (MATCHING, [], True)}
    return {
        "embed_and_match": (both, PARTS, True),
        "embed": ([name for name in EMBEDDING if name not in both], PARTS, False),
        "match": ([name for name in MATCHING if name not in both], [], True),
    }


def encoder_folder(wildcards):
    """Where an encoder's files are."""
    if wildcards.encoder in study.trained:
        return f"encoders/{wildcards.encoder}"
    settings = study.encoder[wildcards.encoder]
    return here(model_folder(ROOT, study.assets, wildcards.encoder, settings))


def encoder_stamp(wildcards):
    """Which weights these are: other ones embed anew. Those that are trained here are inputs."""
    if wildcards.encoder in study.trained:
        return ""
    settings = study.encoder[wildcards.encoder]
    return weights_stamp(ROOT, study.assets, wildcards.encoder, settings)


def work_slice(wildcards, matches):
    """An encoder, how it embeds, and what it is matched with, if this job matches."""
    recipe = study.encoder[wildcards.encoder].train
    told = study.world and recipe and getattr(recipe, "captions", "")
    matched = {name: entry(name) for name in study.matched}
    tests = matches or study.world
    prefix = {"prefix": "matching.prefix"} if study.matching and tests else {}
    twins = {"twin_pairs": f"{WORLD}.twin_pairs"} if study.world else {}
    return needs(
        "seed",
        encoder=ENCODER,
        embedding=HOW,
        benchmark=matched if wildcards.encoder in MATCHING and tests else {},
        policy=f"{WORLD}.captions.{told}" if told else {},
        **prefix,
        **twins,
    )(wildcards)


def outputs_of(parts, matches):
    """What one job of an encoder makes, by the option that names it."""
    made = {
        "embeddings": expand("embeddings/{{encoder}}/{part}.arrow", part=parts),
        "made": expand("embeddings/{{encoder}}/{part}.json", part=parts),
    }
    if matches:
        made |= {"matches": "encoded/{encoder}/matches.parquet"}
        made |= {"scores": "encoded/{encoder}/scores.csv"}
    if matches and study.world:
        made |= {"named": "encoded/{encoder}/named.parquet"}
        made |= {"factors": "encoded/{encoder}/zero_shot.csv"}
    if parts and study.world:
        made |= {"probes": "encoded/{encoder}/probes.csv"}
    return made


def files_flags(wildcards, input, output):
    """For `params`: the options that name what a job reads and makes."""
    named = ("matches", "scores", "named", "factors", "probes")
    return [
        *(f"--listed={file}" for file in input.listed),
        *(f"--checked={file}" for file in input.checked),
        *(f"--scenes={file}" for file in input.scenes),
        *(f"--shard={file}" for file in input.shards),
        *(f"--model={file}" for file in input.model),
        *(f"--{option}={output[option]}" for option in named if option in output.keys()),
    ]


def embedded(name):
    """An encoder's embeddings of the pool."""
    return expand("embeddings/{encoder}/{part}.arrow", encoder=name, part=PARTS)
