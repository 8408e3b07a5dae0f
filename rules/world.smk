# What the chapters of the rendered world ask of their study.
from clipblind.world.shards import SETTINGS_OF_SPLIT, shard_names

TRAINED_ENCODERS = [name for name, encoder in study.encoder.items() if encoder.train]
CLIPS = [name for name in TRAINED_ENCODERS if study.encoder[name].train.objective == "clip"]
REFERENCES = [name for name in TRAINED_ENCODERS if name not in CLIPS]
TRAINED_CONTENDERS = [name for name, contender in study.contender.items() if contender.train]


wildcard_constraints:
    policy="|".join(study.pool.captions),
    split="|".join(SETTINGS_OF_SPLIT),


def scenes(*splits):
    """Tables of scenes of some splits; of all, if none is named."""
    return expand("pool/scenes/{split}.parquet", split=splits or list(SETTINGS_OF_SPLIT))


def repeats():
    """No two scenes are the same picture."""
    return []


def encoder_files(*names):
    """The files that trained encoders consist of."""
    return [
        file
        for name in names
        if name in TRAINED_ENCODERS
        for file in expand(
            rules.train_clip.output if name in CLIPS else rules.train_simclr.output, encoder=name
        )
        if not file.endswith("curve.csv")
    ]


def tower_files(wildcards):
    """The files of the encoders that feed a contender."""
    return encoder_files(*study.contender[wildcards.contender].towers)


def contender_files(wildcards):
    """The files that a trained contender consists of; none for a baseline."""
    trained = wildcards.contender in TRAINED_CONTENDERS
    files = expand(rules.train_contender.output, contender=wildcards.contender) if trained else []
    return [file for file in files if not file.endswith("curve.csv")]


def scenes_slice(wildcards):
    """The settings that decide the scenes of one split."""
    sizes = {name: f"pool.{name}" for name in SETTINGS_OF_SPLIT[wildcards.split]}
    return needs("seed", sizes=sizes)(wildcards)


def contender_slice(wildcards):
    """A contender without its label, with the encoders that feed it and nothing of the others."""
    settings = study.contender[wildcards.contender]
    own = {
        key: f"contender.{{contender}}.{key}"
        for key in type(settings).model_fields
        if key != "label"
    }
    towers = {tower: f"encoder.{tower}" for tower in settings.towers}
    return needs("seed", contender=own, towers=towers)(wildcards)


def variants_slice(wildcards):
    """How each CLIP variant was trained, and what its zero-shot accuracy is taken over."""
    recipes = {name: f"encoder.{name}.train" for name in study.text_towers}
    return needs(
        "seed",
        "mining.probe",
        "pool.encoder_images",
        "often_named",
        encoders="text_towers",
        recipes=recipes,
    )(wildcards)


def vlm_slice(wildcards):
    """An encoder with the mention policy of its captions, if it was trained on any."""
    recipe = study.encoder[wildcards.encoder].train
    policy = f"pool.captions.{recipe.captions}" if recipe else {}
    return needs(
        "seed", "vlm.prefix", "pool.twin_pairs", policy=policy, encoder="encoder.{encoder}"
    )(wildcards)
