# Beside the pairs: small copies of their pictures, so that figures and the page need no corpus.


rule thumbnails:
    input:
        listed=expand("pool/parts/{part}.parquet", part=PARTS),
        pairs=rules.select.output.pairs,
    output:
        "pairs/pictures.parquet",
    log:
        "logs/thumbnails.log",
    params:
        code=code("pairs.pictures"),
        listed=flags("listed", "listed"),
    shell:
        "clipblind pairs pictures {params.listed} --pairs {input.pairs} --out {output} 2> {log}"


MADE_OF_POOL += [
    *rules.mine.output,
    *rules.select.output,
    *rules.thumbnails.output,
]
