# All that an encoder does, in one process that loads it once: it embeds the pool, matches texts with
# images, and in a rendered world names what pictures show and is probed for it.

if not study.pool:
    PARTS = []
# in a rendered world every encoder is looked at; of real images only what mining needs is embedded
EMBEDDING = (
    list(study.encoder)
    if study.world
    else [study.mining.probe, study.mining.reference] if study.mining else []
)
MATCHING = list(study.text_towers) if study.matched else []
# what decides an embedding; names, licences and the like are for figures and the page
DECIDING = (
    *("loader", "source", "train", "pretrained", "feature", "image_size", "quick_gelu"),
    *("params_m", "text", "revision", "folder"),
)
ENCODER = {key: f"encoder.{{encoder}}.{key}" for key in DECIDING}
HOW = {key: f"embedding.{key}" for key in ("batch", "precision", "compiled")}


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
    matched = {name: f"benchmark.{name}" for name in study.matched}
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


for job, (encoders, parts, matches) in jobs_of_encoders().items():
    if encoders:

        rule:
            name:
                f"encoder_{job}"
            input:
                listed=expand("pool/parts/{part}.parquet", part=parts),
                checked=expand("pool/checked/{part}.parquet", part=parts),
                scenes=scenes("search", "twins", "heldout"),
                shards=shards("twins", "heldout"),
                # a rendered pool is listed, and read where its shards lie
                pool=shards("search") if parts else [],
                model=lambda wildcards: encoder_files(wildcards.encoder),
            output:
                **outputs_of(parts, matches),
            log:
                f"logs/{job}-{{encoder}}.log",
            benchmark:
                f"times/{job}-{{encoder}}.tsv"
            wildcard_constraints:
                encoder="|".join(encoders),
            priority: lambda wildcards: 10 if wildcards.encoder in FIRST else 0
            threads: lambda wildcards: 1 if wildcards.encoder in study.trained else MODEL_THREADS
            resources:
                # no parameter: it changes no embedding
                workers=study.embedding.workers,
            params:
                code=lambda wildcards: code("encoder.work", *loaders(wildcards.encoder)),
                cfg=lambda wildcards, matches=matches: work_slice(wildcards, matches),
                files=files_flags,
                folder=encoder_folder,
                weights=encoder_stamp,
                published=[
                    folder_stamp(ROOT / study.benchmark[name].path)
                    for name in (study.matched if matches else ())
                    if getattr(study.benchmark[name], "path", "")
                ],
                root=here("."),
                devices=DEVICES,
                embeddings="embeddings/{encoder}",
            shell:
                "clipblind encoder work --name {wildcards.encoder} --cfg {params.cfg:q}"
                " --folder {params.folder:q} --devices {params.devices:q} --threads {threads}"
                " --workers {resources.workers} --weights={params.weights:q} --root {params.root:q}"
                " {params.files} --embeddings {params.embeddings} 2>&1 | tee {log}"


def embedded(name):
    """An encoder's embeddings of the pool."""
    return expand("embeddings/{encoder}/{part}.arrow", encoder=name, part=PARTS)


MADE += [file for name in EMBEDDING for file in embedded(name)]
