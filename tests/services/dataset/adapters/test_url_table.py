import io
import json
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from bakehouse.blobs.blobs import Blobs, blob_key
from bakehouse.blobs.directory import DirectoryStore
from bakehouse.canonical_json import Json
from bakehouse.digest import Digest, digest_bytes
from bakehouse.errors import InvalidInputError
from services.dataset.adapters.url_table import UrlTable, UrlTables
from services.dataset.domain.addresses import parse_allowed
from services.dataset.domain.listing import ListedFile
from services.dataset.domain.retrying import FetchLimits
from services.dataset.found_items import FoundItem, found_line
from services.dataset.ports import FetchFailedError, RefusedItem, SourceItem
from services.dataset.source_specs import SourceSpec, UrlListSpec
from tests.services.dataset.ingesting import Ingest, contents, listed, missing
from tests.services.dataset.pictures import png, saved, turned_jpeg
from tests.services.dataset.web_server import WebServer, after, file, web_server

TABLES = UrlTables(parse_allowed("127.0.0.1"), FetchLimits(attempts=1, per_second=1e6))


@pytest.fixture
def server() -> Iterator[WebServer]:
    with web_server() as server:
        yield server


def parquet(**columns: object) -> bytes:
    sink = io.BytesIO()
    pq.write_table(pa.table(columns), sink)
    return sink.getvalue()


def source(blobs: Blobs, table: bytes, **options: object) -> UrlTable:
    return TABLES.open(UrlListSpec(table=blobs.put(table), **options), blobs)  # type: ignore[arg-type]  # of all kinds


def test_the_photo_concept_bucket(blobs: Blobs, server: WebServer) -> None:
    """Its table and the columns that SimpleTuner's document names, fetched from where its URLs lead."""
    server.replies |= {"/7/pexels-7.jpeg": file(png(80)), "/8": file(png(90))}
    table = parquet(
        id=[7, 8],
        url=[server.url("/7/pexels-7.jpeg"), server.url("/8")],
        cogvlm_caption=["a cat", ""],
        tags=["cat", "mat, hat"],
        width=["80", "90"],
        height=[96, 96],
    )
    bucket = source(
        blobs,
        table,
        filename_column="id",
        caption_column="cogvlm_caption",
        fallback_caption_column="tags",
        width_column="width",
        height_column="height",
    )
    first, second = bucket.items()
    assert first == SourceItem(
        name="7.jpeg",
        token=server.url("/7/pexels-7.jpeg"),
        place=server.url("/7/pexels-7.jpeg"),
        uri=server.url("/7/pexels-7.jpeg"),
        captions=("a cat",),
        width=80,
        height=96,
    )
    assert isinstance(second, SourceItem)
    assert (second.name, second.captions, second.width) == ("8.png", ("mat, hat",), 90)
    fetched = bucket.fetch(second, blobs)
    assert blobs.get(fetched.digest) == png(90)
    assert bucket.identity == {"type": "url"}


def test_rows_that_can_not_be_are_refused_with_their_reason(blobs: Blobs) -> None:
    table = (
        b"url,filename,caption\n,a,no url\nftp://x/y,b,wrong\nhttps://a.example/1,../c,out\n"
        b"https://a.example/2,d,cut, here\nhttps://a.example/3,,fine\n"
    )
    found = list(source(blobs, table, filename_column="filename").items())
    refused = [item for item in found if isinstance(item, RefusedItem)]
    assert [(item.name, item.reason) for item in refused] == [
        ("a", "no_url"),
        ("b", "bad_url"),
        ("../c", "bad_name"),
        ("row-4", "broken_row"),
    ]
    assert len(found) == 5


def test_a_table_without_urls_names_its_columns(blobs: Blobs) -> None:
    with pytest.raises(InvalidInputError, match=r"no column 'url'.*; it has link, caption"):
        list(source(blobs, b"link,caption\nhttps://a.example,x\n").items())


def test_a_url_with_a_secret_stays_in_the_table(blobs: Blobs, server: WebServer) -> None:
    server.replies["/a.png"] = file(png())
    rows = "".join(f"{server.url('/a.png')}?X-Amz-Signature=s{number}&w=1\n" for number in range(9))
    table = source(blobs, b"url\n" + rows.encode())
    items = [item for item in table.items() if isinstance(item, SourceItem)]
    assert "Signature" not in repr(items)
    assert {item.token for item in items} == {server.url("/a.png?w=1")}
    table.fetch(items[7], blobs)
    assert dict(server.asked) == {"/a.png?X-Amz-Signature=s7&w=1": 1}


def test_user_and_password_are_asked_with_and_never_told(blobs: Blobs, server: WebServer) -> None:
    server.replies["/a.png"] = file(png())
    table = source(blobs, f"url\nhttp://me:secret@127.0.0.1:{server.port}/a.png\n".encode())
    (item,) = table.items()
    assert isinstance(item, SourceItem)
    assert "secret" not in repr(item)
    table.fetch(item, blobs)
    assert server.headers[0]["authorization"].startswith("Basic ")


def test_pictures_are_made_smaller_where_it_is_asked_for(blobs: Blobs, server: WebServer) -> None:
    server.replies |= {"/big.jpg": file(turned_jpeg(400, 200)), "/small.png": file(png(64, 70))}
    table = f"url,width,height\n{server.url('/big.jpg')},200,400\n{server.url('/small.png')},64,70\n"
    shrinking = source(blobs, table.encode(), resize=100)
    big, small = (item for item in shrinking.items() if isinstance(item, SourceItem))
    assert (big.width, big.height, small.width) == (100, 200, 64)
    with Image.open(io.BytesIO(blobs.get(shrinking.fetch(big, blobs).digest))) as image:
        assert image.size == (100, 200)
    assert blobs.get(shrinking.fetch(small, blobs).digest) == png(64, 70)
    assert shrinking.identity != source(blobs, table.encode()).identity


def test_a_picture_that_can_not_be_decoded_is_stored_as_it_came(blobs: Blobs, server: WebServer) -> None:
    torn = saved(Image.effect_noise((300, 300), 80), "PNG")[:5000]
    server.replies["/torn.png"] = file(torn)
    table = source(blobs, f"url\n{server.url('/torn.png')}\n".encode(), resize=100)
    (item,) = table.items()
    assert isinstance(item, SourceItem)
    assert blobs.get(table.fetch(item, blobs).digest) == torn


def test_a_dead_url_says_why(blobs: Blobs, server: WebServer) -> None:
    table = source(blobs, f"url\n{server.url('/gone.png')}\n".encode())
    (item,) = table.items()
    assert isinstance(item, SourceItem)
    with pytest.raises(FetchFailedError, match="HTTP 404"):
        table.fetch(item, blobs)


def test_a_look_at_a_table_opens_no_connection(blobs: Blobs, server: WebServer, tmp_path: Path) -> None:
    table = source(blobs, f"url\n{server.url('/a.png')}\n".encode())
    assert len(list(table.items())) == 1
    assert not server.asked


class OnlyTables:
    """`Sources` that know tables of URLs."""

    def open(self, spec: SourceSpec, blobs: Blobs) -> UrlTable:
        assert isinstance(spec, UrlListSpec)
        return TABLES.open(spec, blobs)


def ingest(blobs: Blobs, scratch: Path, rows: str, **options: Json) -> Ingest:
    table = blobs.put(f"url,id,caption\n{rows}".encode())
    source = {"type": "csv", "table": table, "filename_column": "id", **options}
    return Ingest(blobs=blobs, scratch=scratch, sources=OnlyTables(), spec={"sources": {"cats": source}})


def test_an_ingest_fetches_what_is_new_and_remembers_what_is_dead(
    blobs: Blobs, server: WebServer, tmp_path: Path
) -> None:
    server.replies |= {f"/{n}.png": file(png(64 + n)) for n in range(3)} | {"/page.png": file(b"<html>")}
    rows = "".join(f"{server.url(f'/{n}.png')},{n},picture {n}\n" for n in range(3))
    rows += f"{server.url('/gone.png')},gone,\n{server.url('/page.png')},page,\n,none,\n"
    result, header = ingest(blobs, tmp_path, rows).whole()
    assert header.num_items == 5
    assert contents(blobs, result) == {f"{n}.png": png(64 + n) for n in range(3)}
    assert missing(blobs, result) == {"gone.png": "dead_url", "page.png": "not_an_image", "none": "no_url"}
    first = next(found for found in listed(blobs, result) if isinstance(found, ListedFile))
    assert (first.captions, first.uri) == (("picture 0",), server.url("/0.png"))

    rows += f"{server.url('/0.png')},again,\n{server.url('/3.png')},3,\n"
    server.replies["/3.png"] = file(png(100))
    result, header = ingest(blobs, tmp_path, rows).whole()
    assert (header.num_items, header.num_hits) == (1, 6)  # the same URL under another name is known
    assert set(contents(blobs, result)) == {"0.png", "1.png", "2.png", "3.png", "again.png"}
    assert missing(blobs, result) == {"gone.png": "dead_url", "page.png": "not_an_image", "none": "no_url"}
    assert set(server.asked.values()) == {1}


def test_what_may_get_better_is_tried_in_the_next_job(
    blobs: Blobs, server: WebServer, tmp_path: Path
) -> None:
    server.replies["/0.png"] = after(1, 503, png())
    rows = f"{server.url('/0.png')},0,\n{server.url('/1.png')},1,\n"
    server.replies["/1.png"] = file(png(70))
    result, _ = ingest(blobs, tmp_path, rows).whole()
    assert missing(blobs, result) == {"0.png": "unavailable"}
    result, header = ingest(blobs, tmp_path, rows).whole()
    assert header.num_items == 1
    assert sorted(contents(blobs, result)) == ["0.png", "1.png"]


def test_a_refused_url_with_a_signature_is_asked_for_again(
    blobs: Blobs, server: WebServer, tmp_path: Path
) -> None:
    """It may have run out: the table gets a new one, and the rest of the URL stays."""
    server.replies |= {"/1.png": after(1, 403, png()), "/2.png": file(png())}
    server.replies["/0.png"] = lambda handler, _: handler.reply(200 if "new" in handler.path else 403, png())
    rows = "".join(f"{server.url(f'/{name}.png')}{{}},{name},\n" for name in (0, 1, 2))
    result, _ = ingest(blobs, tmp_path, rows.format("?sig=old", "", "")).whole()
    assert missing(blobs, result) == {"0.png": "forbidden", "1.png": "forbidden"}
    result, _ = ingest(blobs, tmp_path, rows.format("?sig=new", "", "")).whole()
    assert missing(blobs, result) == {"1.png": "forbidden"}


def test_no_secret_of_a_url_is_in_plan_results_or_listing(
    blobs: Blobs, server: WebServer, tmp_path: Path
) -> None:
    server.replies["/0.png"] = file(png())
    secret = f"http://me:canary1@127.0.0.1:{server.port}/0.png?token=canary2"
    job = ingest(blobs, tmp_path, f"{secret},0,\n{secret.replace('/0', '/gone')},gone,\n")
    result, _ = job.whole()
    assert len(contents(blobs, result)) == len(missing(blobs, result)) == 1
    table = blob_key("p", Digest(str(job.spec["sources"]["cats"]["table"])))  # type: ignore[index, call-overload]  # JSON
    for path in (tmp_path / "store").rglob("*"):
        if path.is_file() and path.name != table.rpartition("/")[2]:
            assert b"canary" not in path.read_bytes(), path


CELLS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text(max_size=20)
    | st.sampled_from(["https://a.example/1.png", "../up", "http://[::1", "https://me:pw@a.example/?sig=1"])
    | st.lists(st.text(max_size=5), max_size=3)
    | st.dictionaries(st.text(max_size=3), st.text(max_size=3), max_size=2)
)
ROWS = st.fixed_dictionaries({}, optional=dict.fromkeys(("url", "id", "caption", "width", "height"), CELLS))


@settings(max_examples=40, deadline=None)
@given(st.lists(ROWS, max_size=6))
def test_whatever_rows_hold_each_is_accounted_for(
    tmp_path_factory: pytest.TempPathFactory, rows: list[dict[str, object]]
) -> None:
    store = DirectoryStore(tmp_path_factory.getbasetemp() / "store")
    store.create()
    blobs = Blobs(store, "p")
    rows = [{"url": None, "id": None, "caption": None}, *rows]
    table = source(blobs, "\n".join(map(json.dumps, rows)).encode(), filename_column="id")
    found = list(table.items())
    assert len(found) == len(rows)
    for item in found:
        assert item.name
        assert "pw@" not in repr(item)
        assert found_line(
            item if isinstance(item, RefusedItem) else FoundItem(key=digest_bytes(b""), item=item)
        )
