"""What the key of a picture's scores depends on."""

from bakehouse.cache.keys import compute_key
from bakehouse.canonical_json import Json
from bakehouse.digest import Digest, digest_bytes
from services.captioner.domain.square import PREPROCESSING, TAGS_REVISION
from services.captioner.domain.tagger_files import TaggerFiles
from services.captioner.keys import keyed_pictures

TAGGER = TaggerFiles(model=digest_bytes(b"model"), tag_list=digest_bytes(b"list"))
PICTURE = digest_bytes(b"picture")


def key(tagger: TaggerFiles = TAGGER, picture: Digest = PICTURE) -> Digest:
    (keyed,) = keyed_pictures(tagger, [picture])
    assert keyed.picture == picture
    return keyed.key


def test_the_key_is_of_picture_preprocessing_model_and_list() -> None:
    inputs: dict[str, Json] = {
        "picture": PICTURE,
        "preprocessing": PREPROCESSING,
        "model": TAGGER.model,
        "tag_list": TAGGER.tag_list,
    }
    assert key() == compute_key("tags", TAGS_REVISION, inputs)


def test_each_of_them_changes_it() -> None:
    other = digest_bytes(b"other")
    keys = {
        key(),
        key(picture=other),
        key(TaggerFiles(model=other, tag_list=TAGGER.tag_list)),
        key(TaggerFiles(model=TAGGER.model, tag_list=other)),
    }
    assert len(keys) == 4


def test_many_keep_their_order() -> None:
    pictures = [digest_bytes(bytes([n])) for n in range(9)]
    assert [keyed.picture for keyed in keyed_pictures(TAGGER, pictures)] == pictures
