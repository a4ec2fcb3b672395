"""Keys of a dataset of images about its captions, and about what is done with pictures that are not used."""

from bakehouse.dataset_config.option import Option, Options
from bakehouse.kinds import Kind

_KOHYAS = "kohya's"

CAPTION_OPTIONS: Options = {
    "caption_strategy": Option(
        kind=Kind.TEXT,
        says="`filename`: the file's name without its last suffix, `_` as spaces. `textfile`: the text "
        "beside the picture, each line an alternative. `instanceprompt`: `instance_prompt` for all. "
        "`parquet`: a column of the table of `parquet`. `csv`: with `type: csv`. `huggingface`: with "
        "`type: huggingface`.",
        default="filename",
        choices=("filename", "textfile", "instanceprompt", "parquet", "csv", "huggingface"),
        differs="A caption that is missing is reported; SimpleTuner ends, or invents one of the file's name. "
        "White space around captions is dropped everywhere.",
    ),
    "instance_prompt": Option(
        kind=Kind.PROMPT,
        says="The caption of `instanceprompt`, or a list of alternatives; what `prepend_instance_prompt` "
        "puts before captions.",
        default="none",
    ),
    "prepend_instance_prompt": Option(
        kind=Kind.FLAG,
        says="Put the instance prompt and a space before every caption.",
        default="false",
    ),
    "only_instance_prompt": Option(
        kind=Kind.FLAG,
        says="The instance prompt in place of every caption.",
        default="false",
    ),
    "disable_multiline_split": Option(
        kind=Kind.FLAG,
        says="With `textfile`: a text file is one caption, not one a line.",
        default="false",
        differs="In SimpleTuner's code, not in its document.",
    ),
    "caption_filter_list": Option(
        kind=Kind.TEXTS,
        says="What is taken out of captions or replaced: plain texts, regular expressions, `s/a/b/`. A "
        "list, or the path of a .txt file (a filter a line) or of a .json file (a list).",
        default="none",
        differs="Stands on a dataset of `text_embeds`, as there, and is then done to the datasets of "
        "images that use it; or on one of images itself. `s/a/b/` replaces, as the document says and the "
        "code does not.",
    ),
    "caption_shuffle": Option(
        kind=Kind.TABLE,
        says="Other orders of a caption's parts, as alternatives; the instance prompt comes before them.",
        default="none",
        differs="In SimpleTuner's code, not in its document.",
        block={
            "enable": Option(kind=Kind.FLAG, says="Whether it is done.", default="false"),
            "count": Option(kind=Kind.INTEGER, says="How many other orders.", default="1", low=1, high=1000),
            "seed": Option(kind=Kind.INTEGER, says="Decides which.", default="0", low=0),
            "split_on": Option(
                kind=Kind.TEXT,
                says="What is between parts.",
                default="comma",
                choices=("comma", "space", "period"),
            ),
            "position_start": Option(
                kind=Kind.INTEGER, says="How many parts stay in front.", default="0", low=0
            ),
            "include_original": Option(
                kind=Kind.FLAG, says="Whether the caption as it is stays, too.", default="true"
            ),
        },
    ),
    "caption_extension": Option(
        kind=Kind.TEXT,
        says="With `textfile`: how the names of text files end.",
        default=".txt",
        differs=_KOHYAS,
    ),
    "caption_format": Option(
        kind=Kind.TEXT,
        says="`booru`: captions are tags with `|` between them, in namespaces or not "
        "(`character:hatsune_miku|1girl`). They become a caption: commas between them, `_` as spaces, "
        "characters first, without rating, source and the like.",
        default="text",
        choices=("text", "booru"),
        differs="ours",
    ),
    "class_tokens": Option(
        kind=Kind.TEXT,
        says="With `textfile`: the caption of pictures without a text file.",
        default="none",
        differs=_KOHYAS,
    ),
    "caption_prefix": Option(
        kind=Kind.TEXT, says="Put before every caption, with a space.", default="none", differs=_KOHYAS
    ),
    "caption_suffix": Option(
        kind=Kind.TEXT, says="Put behind every caption, with a space.", default="none", differs=_KOHYAS
    ),
    "duplicates": Option(
        kind=Kind.TABLE,
        says="What becomes of pictures that are there twice, in this dataset or in others that train at "
        "the same resolution; prior pictures are only compared with each other.",
        default="set aside where captions are equal, too; near ones reported",
        differs="ours",
        block={
            "exact": Option(
                kind=Kind.TEXT,
                says="The same bytes or pixels. `set_aside`: where the captions are equal, too, one is kept. "
                "`report`: all are kept, and told of. `keep_all`: nobody looks.",
                default="set_aside",
                choices=("set_aside", "report", "keep_all"),
            ),
            "near": Option(
                kind=Kind.TEXT,
                says="Pictures that look alike by two perceptual hashes. `report`: they are told of. "
                "`keep_best`: the one with the most pixels is kept (then the sharpest, then the largest "
                "file) and gets the captions of the others. `off`: nobody looks.",
                default="report",
                choices=("report", "keep_best", "off"),
            ),
            "distance": Option(
                kind=Kind.INTEGER,
                says="How many of 64 bits of either hash may differ in near ones.",
                default="4",
                low=0,
                high=8,
            ),
        },
    ),
    "delete_unwanted_images": Option(
        kind=Kind.FLAG,
        says="Delete the files of pictures that size or ratio leave out, where the call confirms it.",
        default="false",
        differs="Never without an explicit confirmation in the call, which prints what and how many first; "
        "what was deleted is in a ledger. SimpleTuner deletes at once, and only by size.",
    ),
    "delete_problematic_images": Option(
        kind=Kind.FLAG,
        says="Delete the files that can't be decoded, where the call confirms it.",
        default="false",
        differs="As `delete_unwanted_images`.",
    ),
}
