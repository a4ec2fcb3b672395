"""A unit of `captioner.tag` as the plan has it: which tagger looks at which pictures, in which batches."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bakehouse.digest import Digest
from bakehouse.wire import Wire
from services.captioner.keys import KeyedPicture

BATCH_ITEMS = 16


@dataclass(frozen=True, slots=True, kw_only=True)
class TagUnit:
    """`model` is a blob of the project `shared`, and gives `num_tags` scores for each picture."""

    model: Digest
    num_tags: int
    pictures: tuple[KeyedPicture, ...]
    batch_items: int = BATCH_ITEMS

    @property
    def batches(self) -> Sequence[Sequence[Digest]]:
        """The pictures, batch by batch."""
        pictures = [keyed.picture for keyed in self.pictures]
        return [pictures[at : at + self.batch_items] for at in range(0, len(pictures), self.batch_items)]

    @property
    def keys(self) -> Mapping[Digest, Digest]:
        """The key of each picture's scores, in the order of the pictures."""
        return {keyed.picture: keyed.key for keyed in self.pictures}


UNIT_WIRE = Wire(TagUnit, schema=1, what="unit of captioner.tag")
