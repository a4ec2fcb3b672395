"""A document that says how often concepts are to be seen: read, and its folders looked into and counted."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Annotated

from pydantic import Field

from bakehouse.errors import InvalidInputError
from bakehouse.kohya_layout import KohyaSubset, WholePasses, whole_passes
from bakehouse.manifest.file_names import IMAGE_SUFFIXES, split_suffix
from bakehouse.recipe.documents import read_document
from bakehouse.recipe.pictures import look_into
from bakehouse.repeats import MOST_PASSES, Group, Proposal, propose_repeats
from bakehouse.spec import parse_spec


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetGroup:
    """Pictures that are repeated alike: a folder, or how many there are.

    Args:
        concepts: what each of them shows; the group's own name, if it says nothing.
        image_dir: where they are, relative to the document.
        num_pictures: how many; counted in `image_dir` where it is not given.
        trigger: the word for it in captions; the group's name, if it says nothing.
        class_words: what stands behind it in a folder's name.
        is_prior: whether they are for regularisation.
    """

    concepts: tuple[str, ...] = ()
    image_dir: str = ""
    num_pictures: Annotated[int, Field(ge=1)] | None = None
    trigger: str = ""
    class_words: str = ""
    is_prior: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Targets:
    """What is asked: pictures that an epoch is to see of each concept, and the groups that there are."""

    concepts: Mapping[str, Decimal]
    groups: Mapping[str, TargetGroup]
    fractions: bool = False
    most_passes: Annotated[int, Field(ge=1, le=10_000)] = MOST_PASSES
    resolution: Annotated[int, Field(ge=1)] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What is proposed, for Bakehouse and for kohya's scripts."""

    proposal: Proposal
    groups: tuple[Group, ...]
    whole: WholePasses
    subsets: tuple[KohyaSubset, ...] = field(default_factory=tuple)
    resolution: int | None = None


def read_targets(path: Path) -> Targets:
    """The document.

    Raises:
        InvalidInputError: it can't be read, or says what can't be; all of it at once.
    """
    return parse_spec(Targets, read_document(path), what=path.name)


def balance(targets: Targets, folder: Path, *, fractions: bool = False) -> Balance:
    """The repeats that come nearest to the targets.

    Raises:
        InvalidInputError: a folder has no pictures, or a concept none.
    """
    groups = tuple(_group(name, given, folder) for name, given in targets.groups.items())
    proposal = propose_repeats(
        groups,
        {name: Fraction(target) for name, target in targets.concepts.items()},
        fractions=fractions or targets.fractions,
        most_passes=targets.most_passes,
    )
    whole = whole_passes(proposal.passes)
    subsets = tuple(
        KohyaSubset(
            image_dir=given.image_dir or name,
            num_repeats=whole.num_repeats[name],
            trigger=given.trigger or name,
            class_words=given.class_words,
            is_prior=given.is_prior,
        )
        for name, given in targets.groups.items()
    )
    return Balance(
        proposal=proposal, groups=groups, whole=whole, subsets=subsets, resolution=targets.resolution
    )


def _group(name: str, given: TargetGroup, folder: Path) -> Group:
    num_pictures = given.num_pictures
    if num_pictures is None:
        if not given.image_dir:
            raise InvalidInputError(f"groups.{name}: give image_dir, or num_pictures")
        found = look_into(folder / given.image_dir)
        num_pictures = sum(split_suffix(file.name)[1] in IMAGE_SUFFIXES for file in found.files)
    return Group(name=name, num_pictures=num_pictures, concepts=given.concepts or (name,))
