"""Keys of a dataset of images about when and how often training sees it."""

from bakehouse.dataset_config.option import Option, Options
from bakehouse.kinds import Kind

_UNDOCUMENTED = "In SimpleTuner's code, not in its document."

SCHEDULE_OPTIONS: Options = {
    "repeats": Option(
        kind=Kind.AMOUNT,
        says="Extra passes: an epoch shows each picture `repeats` + 1 times; of 0.5 each epoch shows half of "
        "them once more, and the next epoch the others. kohya's `num_repeats` is one more.",
        default="0",
        low=0,
        high=1_000_000,
        differs="May be a fraction, with up to 3 decimals. A 0 that is given is not raised by "
        "`allow_dataset_oversubscription`.",
    ),
    "probability": Option(
        kind=Kind.DECIMAL,
        says="How soon an epoch draws from this dataset, against the others; it is seen as often all the "
        "same. 0: never.",
        default="1",
        low=0,
        high=1_000_000,
        differs="Steps are shared in these parts exactly, not by chance.",
    ),
    "start_epoch": Option(
        kind=Kind.INTEGER,
        says="The first epoch, counted from 1, that sees it. `start_step` must have come, too.",
        default="1",
        low=0,
        differs="What is no number is an error; SimpleTuner takes the default then.",
    ),
    "start_step": Option(
        kind=Kind.INTEGER,
        says="The first optimizer step that sees it.",
        default="0",
        low=0,
        differs="As `start_epoch`.",
    ),
    "end_epoch": Option(
        kind=Kind.INTEGER,
        says="The last epoch that sees it; 0: never ends.",
        default="never",
        low=0,
        differs=_UNDOCUMENTED,
    ),
    "end_step": Option(
        kind=Kind.INTEGER,
        says="The last optimizer step that sees it; 0: never ends.",
        default="never",
        low=0,
        differs=_UNDOCUMENTED,
    ),
    "slider_strength": Option(
        kind=Kind.DECIMAL,
        says="Above 0: more of the concept, below 0: less, 0: neither. Batches come from the three in turn.",
        default="0",
        differs="SimpleTuner's code loses the value, so that nothing takes turns.",
    ),
    "train_batch_size": Option(
        kind=Kind.INTEGER,
        says="The batch size of this dataset, on each device.",
        default="that of training",
        low=1,
        high=4096,
        differs=_UNDOCUMENTED,
    ),
    "disable_after_epoch_step": Option(
        kind=Kind.INTEGER,
        says="Its probability falls to nothing over so many steps of each epoch; what is left is not seen.",
        default="never",
        low=1,
        differs=f"{_UNDOCUMENTED} It falls in 16 stairs.",
    ),
    "is_regularisation_data": Option(
        kind=Kind.FLAG,
        says="Pictures of the prior: their loss counts `prior_loss_weight`.",
        default="false",
        differs="As kohya's regularisation: the target is the picture's noise, not what the base model "
        "predicts. Of plain LoRA, too.",
    ),
}
