"""How a tag is written, and when two tags are the same. Pure."""

# Faces, whose underscores are no spaces: the list that the taggers' own demonstration and taggui keep.
_FACES = "0_0 (o)_(o) +_+ +_- ._. <o>_<o> <|>_<|> =_= >_< 3_3 6_9 >_o @_@ ^_^ o_o u_u x_x |_| ||_||"
KAOMOJI = frozenset(_FACES.split())


def spelled(name: str, *, remove_underscore: bool) -> str:
    """A tag's name as a caption has it."""
    return name.replace("_", " ") if remove_underscore and name not in KAOMOJI else name


def same_tag(text: str) -> str:
    """What two spellings of one tag have in common: `Long hair` and `long_hair` give `long_hair`."""
    return "_".join(text.lower().replace("_", " ").split()) or text
