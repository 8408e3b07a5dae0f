# Benchmarks of questions: written from the truth of rendered pairs, or read as somebody published
# them; the mined one in MMVP's layout, too.

ASKED = [study.benchmark[name] for name in study.asked]
FROM_TRUTH = {one.pairs for one in ASKED if one.kind == "truth"}
# an image that is written anew in place must be asked about again
PUBLISHED = [folder_stamp(ROOT / one.path) for one in ASKED if getattr(one, "path", "")]
# where a rendered pair's pictures are
PICTURED = shards(*(["search"] if FROM_TRUTH & {"mined", "random"} else [])) + shards(
    *(["twins"] if "twins" in FROM_TRUTH else [])
)


rule write_questions:
    input:
        pairs=rules.select.output.pairs if "mined" in FROM_TRUTH else [],
        scenes=scenes("search", "twins") if FROM_TRUTH else [],
        shards=PICTURED if FROM_TRUTH else [],
    output:
        questions="benchmark/questions.parquet",
        images="benchmark/images.parquet",
        benchmarks="tables/benchmarks.csv",
    log:
        "logs/questions.log",
    params:
        code=code("benchmark.write"),
        cfg=needs("seed", benchmark={name: entry(name) for name in study.asked}),
        pairs=flags("pairs", "pairs"),
        scenes=flags("scenes", "scenes"),
        shards=flags("shard", "shards"),
        published=PUBLISHED,
        root=here("."),
    shell:
        "clipblind benchmark write --cfg {params.cfg:q} --root {params.root:q} {params.pairs}"
        " {params.scenes} {params.shards} --out {output.questions} --images {output.images}"
        " --benchmarks {output.benchmarks} 2> {log}"


rule thumbnails:
    input:
        images=rules.write_questions.output.images,
        shards=PICTURED if FROM_TRUTH else [],
    output:
        "benchmark/thumbnails.parquet",
    log:
        "logs/thumbnails.log",
    params:
        code=code("benchmark.thumbnails"),
        published=PUBLISHED,
    shell:
        "clipblind benchmark thumbnails --images {input.images} --out {output} 2> {log}"


MADE += [*rules.write_questions.output, *rules.thumbnails.output]
KEPT += PICTURED + (scenes("search", "twins") if FROM_TRUTH else [])

if "mined" in FROM_TRUTH:

    rule export_mmvp:
        input:
            questions=rules.write_questions.output.questions,
            shards=shards("search"),
        output:
            table="benchmark/Questions.csv",
            images=directory("benchmark/MMVP Images"),
        log:
            "logs/export.log",
        params:
            code=code("benchmark.export"),
            shards=flags("shard", "shards"),
        shell:
            "clipblind benchmark export --questions {input.questions} {params.shards}"
            " --out {output.table:q} --images {output.images:q} 2> {log}"

    # not its folder: Snakemake compares folders by time alone, and a pulled one is always newer;
    # but where pictures were lost, it is asked for
    MADE += [rules.export_mmvp.output.table]
    KEPT += lost_pictures(FOLDER, *rules.export_mmvp.output)
