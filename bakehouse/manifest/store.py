"""Manifests in the object store: save, load, walk back to where they came from. Named refs are elsewhere."""

from collections import deque
from collections.abc import Iterator

from bakehouse.blobs.blobs import Blobs
from bakehouse.errors import CorruptionError
from bakehouse.manifest.header import Manifest, ManifestRef, decode_manifest, encode_manifest


def save_manifest(blobs: Blobs, manifest: Manifest) -> ManifestRef:
    """Store the header; saving it again gives the same reference. Its parts are there already."""
    return ManifestRef(blob=blobs.put(encode_manifest(manifest)), content=manifest.content)


def load_manifest(blobs: Blobs, ref: ManifestRef) -> Manifest:
    """The manifest that `ref` names.

    Raises:
        NotFoundError: it is not there.
        StateError: a newer program wrote it.
        CorruptionError: it is damaged, no manifest, or says something else than `ref` promises.
    """
    try:
        manifest = decode_manifest(blobs.get(ref.blob))
    except CorruptionError as error:
        raise CorruptionError(f"manifest {ref.blob}: {error}") from error
    if manifest.content != ref.content:
        raise CorruptionError(f"manifest {ref.blob} has content {manifest.content}, not {ref.content}")
    return manifest


def lineage(blobs: Blobs, ref: ManifestRef) -> Iterator[tuple[ManifestRef, Manifest]]:
    """The manifest itself, its parents, theirs, and so on, each once, the nearest first.

    Raises:
        NotFoundError, StateError, CorruptionError: as `load_manifest`, when that ancestor is reached.
    """
    waiting, seen = deque([ref]), {ref.content}
    while waiting:
        at = waiting.popleft()
        manifest = load_manifest(blobs, at)
        yield at, manifest
        for parent in manifest.parents:
            if parent.content not in seen:
                seen.add(parent.content)
                waiting.append(parent)
