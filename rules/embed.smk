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
ENCODER = deciding("{encoder}")
HOW = {key: f"embedding.{key}" for key in ("batch", "precision", "compiled")}


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
                devices=fixed(DEVICES),
                embeddings="embeddings/{encoder}",
            shell:
                "clipblind encoder work --name {wildcards.encoder} --cfg {params.cfg:q}"
                " --folder {params.folder:q} --devices {params.devices:q} --threads {threads}"
                " --workers {resources.workers} --weights={params.weights:q} --root {params.root:q}"
                " {params.files} --embeddings {params.embeddings} 2>&1 | tee {log}"

        KEPT += [
            *scenes("search", "twins", "heldout"),
            *shards("twins", "heldout"),
            *expand(sum(map(flat, outputs_of(parts, matches).values()), []), encoder=encoders),
        ]


MADE += [file for name in EMBEDDING for file in embedded(name)]
